package import Artifacts
package import Interactions
package import LinearAlgebra
import SystemFiles
import Tables

/// The values of a vocabulary by their features: what was learnt of these, and each value encoded.
package struct EncodedVocabulary: Sendable, Equatable {
  package let features: FeatureSet
  /// A row for each value, in the order of the vocabulary.
  package let matrix: SparseMatrix

  package init(_ features: FeatureSet, matrix: SparseMatrix) {
    precondition(matrix.columnCount == features.width, "\(matrix.columnCount) columns of \(features.width)")
    self.features = features
    self.matrix = matrix
  }

  /// The queries or the candidates of vocabularies; `nil` where no features of that side are declared.
  ///
  /// - Parameter file: vocabularies as `vocab` publishes them.
  /// - Throws: `FeatureError.notEncoded` for vocabularies of an earlier version of `vocab`, which hold none of this.
  package init?(_ side: TowerSide, of file: ArtifactFile) throws {
    let features = try DeclaredFeatures(file)[side]
    guard !features.isEmpty else { return nil }
    let count = try Vocabularies(file)[side].values.count
    let name = Self.encodingName(side)
    guard SparseMatrix.isEncoding(name, in: file) else { throw FileError(file.path, FeatureError.notEncoded) }
    self.init(features, matrix: try SparseMatrix(file, name, rows: count, columns: features.width))
  }

  /// The name of the encoding of a side's values in vocabularies.
  static func encodingName(_ side: TowerSide) -> String { "\(side.rawValue)_encoding" }
}
