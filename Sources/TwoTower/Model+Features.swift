import Artifacts
import CanonicalJSON
import Features
import Interactions
import Kernels
import SystemFiles

/// The features of a model's candidate tower in its artifact: what was learnt of them, as vocabularies have it, and the
/// vectors of their values.
extension FeatureVectors {
  private static let section = "candidate_features"
  private static let field = "candidate_features"

  private var declared: DeclaredFeatures {
    var declared = DeclaredFeatures()
    declared.areDeclared = true
    declared.candidate = features
    return declared
  }

  func describe(in schema: inout [String: JSON]) {
    declared.describe(in: &schema)
    schema[Self.field] = ["unit_length": .bool(isNormalised)]
  }

  func write(to writer: ArtifactWriter) throws {
    try declared.write(to: writer)
    try writer.add(Self.section, table.values, shape: [table.rows, table.columns], codec: .raw)
  }

  /// `nil` for a model without features.
  init?(_ file: ArtifactFile, dimension: Int) throws {
    guard let isNormalised = file.header.schema[Self.field]?["unit_length"]?.bool else { return nil }
    let features = try DeclaredFeatures(file).candidate
    self.init(
      features, table: try Matrix(file, Self.section, rows: features.width, columns: dimension),
      isNormalised: isNormalised)
  }
}

extension Matrix {
  /// A section of finite numbers.
  init(_ file: ArtifactFile, _ section: String, rows: Int, columns: Int) throws {
    let values: [Float] = try file.read(section, shape: [rows, columns])
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"\(section)\"", reason: .notFiniteRow(bad / columns)))
    }
    self.init(rows: rows, columns: columns, values: values)
  }
}
