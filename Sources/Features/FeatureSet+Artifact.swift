package import Artifacts
package import CanonicalJSON
package import Interactions
import SystemFiles
import Tables

/// The features of both sides and of the context as an artifact holds them: a table each, and their declarations in the
/// schema under "features".
package struct DeclaredFeatures: Sendable, Equatable {
  package var query = FeatureSet()
  package var candidate = FeatureSet()
  /// The features of an interaction: of the moment and the circumstances in which a query is asked.
  package var context = FeatureSet()

  /// `true` if features were asked for, though there may be none.
  package var areDeclared = false

  package init() {}

  package subscript(side: TowerSide) -> FeatureSet {
    get {
      switch side {
      case .query: query
      case .candidate: candidate
      }
    }
    set {
      switch side {
      case .query: query = newValue
      case .candidate: candidate = newValue
      }
    }
  }

  /// The features of the context; `nil` if there are none.
  package var contextIfAny: FeatureSet? { context.isEmpty ? nil : context }

  private static let contextName = "context"

  /// All features by what they are of, as artifacts and people name it.
  var groups: [(name: String, features: FeatureSet)] {
    TowerSide.allCases.map { ($0.rawValue, self[$0]) } + (context.isEmpty ? [] : [(Self.contextName, context)])
  }

  private static func table(_ group: String, _ number: Int) -> String { "\(group)_feature_\(number + 1)" }

  /// Adds the declarations and the tables to an artifact's schema, beside the tables that are there.
  package func describe(in schema: inout [String: JSON]) {
    schema["tables"] = .array((schema["tables"]?.array ?? []) + tables.map(\.schema))
    schema["features"] = json
  }

  package func write(to writer: ArtifactWriter) throws {
    for table in tables { try table.write(to: writer) }
  }

  private var tables: [Table] {
    groups.flatMap { group, set in set.features.enumerated().map { $1.table(Self.table(group, $0)) } }
  }

  private var json: JSON {
    .object(
      Dictionary(
        groups.map { group, set in
          (
            group,
            .array(set.features.map { ["declaration": JSON($0.declaration.text), "kind": JSON($0.kind.text)] })
          )
        }
      ) { first, _ in first })
  }

  package init(_ file: ArtifactFile) throws {
    areDeclared = file.header.schema["features"] != nil
    for side in TowerSide.allCases { self[side] = try Self.set(side.rawValue, file) }
    context = try Self.set(Self.contextName, file)
  }

  private static func set(_ group: String, _ file: ArtifactFile) throws -> FeatureSet {
    let entries = file.header.schema["features"]?[group]?.array ?? []
    return FeatureSet(
      try entries.enumerated().map { number, entry in
        let table = try Table(Self.table(group, number), from: file)
        return try naming(file.path) {
          guard let text = entry["declaration"]?.string, let declaration = try? FeatureDeclaration(text),
            let kind = entry["kind"]?.string.flatMap(FeatureKind.init(text:)),
            let feature = Feature(declaration, kind, table)
          else { throw ArtifactError.malformed(part: "table \"\(table.name)\"", reason: .notA("feature")) }
          return feature
        }
      })
  }
}

extension FeatureKind {
  /// The kind as a declaration says it.
  var text: String {
    switch self {
    case .category(let least): "category at-least \(least)"
    case .hashed(let buckets): "category hash \(buckets)"
    case .list(let least): "list at-least \(least)"
    case .words(let least): "words at-least \(least)"
    case .number: "number"
    case .buckets(let count): "buckets \(count)"
    case .timePart(let part): part.rawValue
    }
  }

  init?(text: String) {
    guard let kind = try? FeatureDeclaration("column: \(text)").kind else { return nil }
    self = kind
  }
}

extension Feature {
  /// The learnt scale as a table that people can read.
  func table(_ name: String) -> Table {
    switch scale {
    case .vocabulary(let values, let counts):
      Table(
        name, rows: values.count,
        columns: [Column("value", .text(TextColumn(distinct: values))), Column("count", integers: counts)])
    case .hash(let buckets): Table(name, rows: 1, columns: [Column("buckets", integers: [Int64(buckets)])])
    case .timeParts(let part, let counts):
      Table(
        name, rows: counts.count,
        columns: [Column("value", text: part.names), Column("count", integers: counts)])
    case .bounds(let bounds): Table(name, rows: bounds.count, columns: [Column("from", reals: bounds)])
    case .moments(let mean, let deviation):
      Table(
        name, rows: 1, columns: [Column("mean", reals: [mean]), Column("standard deviation", reals: [deviation])])
    }
  }

  /// Reads a feature from its table; `nil` if the table is not one of such a feature.
  init?(_ declaration: FeatureDeclaration, _ kind: FeatureKind, _ table: Table) {
    guard let scale = Self.scale(kind, table) else { return nil }
    self.init(declaration: declaration, kind: kind, scale: scale)
  }

  private static func scale(_ kind: FeatureKind, _ table: Table) -> Scale? {
    switch kind {
    case .category, .list, .words:
      guard let values = table.text("value"), let counts = table.integers("count"),
        values.codes.enumerated().allSatisfy({ $0 == $1 })
      else { return nil }
      return .vocabulary(values.dictionary, counts: counts)
    case .hashed(let buckets):
      return table.integers("buckets") == [Int64(buckets)] ? .hash(buckets: buckets) : nil
    case .timePart(let part):
      guard let counts = table.integers("count"), counts.count == part.count else { return nil }
      return .timeParts(part, counts: counts)
    case .buckets:
      guard let bounds = table.reals("from"), zip(bounds, bounds.dropFirst()).allSatisfy(<) else { return nil }
      return .bounds(bounds)
    case .number:
      guard let mean = table.reals("mean"), let deviation = table.reals("standard deviation"), mean.count == 1,
        deviation.count == 1, deviation[0] >= 0
      else { return nil }
      return .moments(mean: mean[0], deviation: deviation[0])
    }
  }
}
