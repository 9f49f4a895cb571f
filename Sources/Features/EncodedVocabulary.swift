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
    self.init(features, matrix: try SparseMatrix(file, side: side, rows: count, columns: features.width))
  }
}

extension SparseMatrix {
  private static func sections(_ side: TowerSide) -> (starts: String, columns: String, weights: String) {
    let name = "\(side.rawValue)_encoding"
    return ("\(name)/starts", "\(name)/columns", "\(name)/weights")
  }

  /// Writes an encoding of features: where each row begins, and the columns and weights of all rows.
  func write(to writer: ArtifactWriter, side: TowerSide) throws {
    let names = Self.sections(side)
    try writer.add(names.starts, starts.map { Int64($0) })
    try writer.add(names.columns, columns)
    try writer.add(names.weights, values ?? [Float](repeating: 1, count: columns.count))
  }

  fileprivate init(_ file: ArtifactFile, side: TowerSide, rows: Int, columns width: Int) throws {
    let names = Self.sections(side)
    guard file.section(names.starts) != nil else { throw FileError(file.path, FeatureError.notEncoded) }
    let starts: [Int64] = try file.read(names.starts, shape: [rows + 1])
    let columns: [Int32] = try file.read(names.columns, shape: [-1])
    let weights: [Float] = try file.read(names.weights, shape: [columns.count])
    self = try naming(file.path) {
      guard starts.first == 0, starts.last == Int64(columns.count), zip(starts, starts.dropFirst()).allSatisfy(<=)
      else { throw ArtifactError.malformed(part: "section \"\(names.starts)\"", reason: .startsDoNotRise) }
      guard columns.allSatisfy({ 0..<Int32(width) ~= $0 }) else {
        throw ArtifactError.malformed(part: "section \"\(names.columns)\"", reason: .outOfRange("column"))
      }
      if let bad = weights.firstIndex(where: { !$0.isFinite }) {
        throw ArtifactError.malformed(part: "section \"\(names.weights)\"", reason: .notFiniteValue(bad))
      }
      var rowOfElement: [Int32] = []
      rowOfElement.reserveCapacity(columns.count)
      for row in 0..<rows {
        for _ in starts[row]..<starts[row + 1] { rowOfElement.append(Int32(row)) }
      }
      return SparseMatrix(rowCount: rows, columnCount: width, rows: rowOfElement, columns: columns, values: weights)
    }
  }
}
