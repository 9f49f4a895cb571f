package import Artifacts
package import CanonicalJSON
import Features
import Interactions
import Kernels
import SystemFiles

/// The features of a model's towers in an artifact: what was learnt of them, as vocabularies have it, and the vectors of
/// their values.
extension [TowerSide: FeatureVectors] {
  /// Adds the features to an artifact's schema; without any, the schema stays as it is.
  package func describe(in schema: inout [String: JSON]) {
    guard !isEmpty else { return }
    declared.describe(in: &schema)
    for (side, vectors) in self { schema[side.featuresName] = ["unit_length": .bool(vectors.isNormalised)] }
  }

  package func write(to writer: ArtifactWriter) throws {
    guard !isEmpty else { return }
    try declared.write(to: writer)
    for side in TowerSide.allCases {
      guard let table = self[side]?.table else { continue }
      try writer.add(side.featuresName, table.values, shape: [table.rows, table.columns], codec: .raw)
    }
  }

  private var declared: DeclaredFeatures {
    var declared = DeclaredFeatures()
    declared.areDeclared = true
    for (side, vectors) in self { declared[side] = vectors.features }
    return declared
  }

  /// - Parameter dimension: of the vectors, without a bias.
  package init(_ file: ArtifactFile, dimension: Int) throws {
    self = [:]
    for side in TowerSide.allCases {
      guard let isNormalised = file.header.schema[side.featuresName]?["unit_length"]?.bool else { continue }
      let features = try DeclaredFeatures(file)[side]
      self[side] = FeatureVectors(
        features, table: try Matrix(file, side.featuresName, rows: features.width, columns: dimension),
        isNormalised: isNormalised)
    }
  }
}

extension TowerSide {
  /// The section of the vectors, and the field of the schema that says how they are added.
  fileprivate var featuresName: String { "\(rawValue)_features" }
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
