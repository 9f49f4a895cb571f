package import LinearAlgebra
import Tables

/// The features of one side, in the order in which they are declared.
package struct FeatureSet: Sendable, Equatable {
  package let features: [Feature]

  package var isEmpty: Bool { features.isEmpty }
  /// The distinct columns that features are made of, in the order of the declarations.
  package var columns: [String] {
    var columns: [String] = []
    for feature in features where !columns.contains(feature.declaration.column) {
      columns.append(feature.declaration.column)
    }
    return columns
  }
  /// Number of columns of an encoded matrix.
  package var width: Int { features.reduce(0) { $0 + $1.width } }

  package init(_ features: [Feature] = []) { self.features = features }

  /// `true` if no feature of a column takes several values.
  package func isSingle(_ column: String) -> Bool { kinds(of: column).allSatisfy(\.isSingle) }

  /// `true` if a feature of a column reads numbers.
  package func isNumeric(_ column: String) -> Bool { kinds(of: column).contains(where: \.isNumeric) }

  private func kinds(of column: String) -> [FeatureKind] {
    features.filter { $0.declaration.column == column }.map(\.kind)
  }

  /// The declaration that stands for all columns that describe several things.
  package static let automatic = "auto"

  /// Learns every feature from the things that a table describes.
  ///
  /// - Parameters:
  ///   - declarations: `auto` stands for `automaticDeclarations`.
  ///   - names: columns that `auto` passes over, since they name things.
  package init(
    _ declarations: [String], of things: DescribedThings, names: [String] = []
  ) throws(FeatureError) {
    var features: [Feature] = []
    let all = declarations.flatMap { text in
      text == Self.automatic ? Self.automaticDeclarations(things, names: names) : [text]
    }
    for text in all {
      let declaration = try FeatureDeclaration(text)
      guard !features.contains(where: { $0.declaration == declaration }) else { throw .repeated(text) }
      features.append(try Feature(declaration, of: things))
    }
    self.features = features
  }

  /// Columns whose values several things have: texts as categories where at most every second thing has a value of its
  /// own, lists, and numbers in buckets.
  private static func automaticDeclarations(_ things: DescribedThings, names: [String]) -> [String] {
    things.table.columns.filter { !names.contains($0.name) }.compactMap { column in
      switch column.values {
      case .text(let text):
        text.dictionary.count > 1 && 2 * text.dictionary.count <= text.codes.count
          ? "\(column.name): category at-least 2" : nil
      case .textLists: "\(column.name): list at-least 2"
      case .integers, .reals: "\(column.name): buckets \(FeatureKind.usualBuckets)"
      }
    }
  }
}

/// Things by their features: a row for each thing, and the columns of each feature side by side.
package struct EncodedFeatures: Sendable {
  package let matrix: SparseMatrix
  /// Number of things without a value, and of things all of whose values are unknown, by feature; neither adds
  /// anything.
  package let missing: [Int]
  package let unknown: [Int]

  /// - Throws: `FeatureError` if the table lacks a column, or has it of another kind.
  package init(_ set: FeatureSet, of things: DescribedThings) throws(FeatureError) {
    try self.init(set, count: things.count) { feature throws(FeatureError) in
      let column = try Feature.column(feature.declaration, of: things)
      try feature.kind.check(column, feature.declaration)
      return { feature.encoding(of: $0, column, things) }
    }
  }

  /// One thing, by values that somebody gives.
  ///
  /// - Parameter values: by column; what is not given is missing.
  /// - Throws: `FeatureError.noFeature`, `.severalValues` or `.notANumber`.
  package init(_ set: FeatureSet, given values: [String: [String]]) throws(FeatureError) {
    let columns = set.columns
    if let stranger = values.keys.filter({ !columns.contains($0) }).min() {
      throw .noFeature(of: stranger, there: columns)
    }
    for (column, given) in values.sorted(by: { $0.key < $1.key }) where given.count > 1 && set.isSingle(column) {
      throw .severalValues(given.count, column: column)
    }
    try self.init(set, count: 1) { feature throws(FeatureError) in
      let encoding = try feature.encoding(given: values[feature.declaration.column] ?? [])
      return { _ in encoding }
    }
  }

  private init(
    _ set: FeatureSet, count: Int, _ encoding: (Feature) throws(FeatureError) -> (Int) -> Feature.Encoding
  ) throws(FeatureError) {
    var (rows, columns, weights) = ([Int32](), [Int32](), [Float]())
    var (missing, unknown) = ([Int](), [Int]())
    var first = 0
    for feature in set.features {
      let encoded = try encoding(feature)
      var (without, strange) = (0, 0)
      for thing in 0..<count {
        switch encoded(thing) {
        case .missing: without += 1
        case .unknown: strange += 1
        case .values(let values):
          for (place, weight) in values {
            rows.append(Int32(thing))
            columns.append(Int32(first + place))
            weights.append(weight)
          }
        }
      }
      first += feature.width
      missing.append(without)
      unknown.append(strange)
    }
    matrix = SparseMatrix(
      rowCount: count, columnCount: first, rows: rows, columns: columns, values: weights)
    (self.missing, self.unknown) = (missing, unknown)
  }
}
