package import Artifacts
package import LinearAlgebra
import SystemFiles

/// An encoding of features in an artifact: where each row begins, and the columns and weights of all rows.
extension SparseMatrix {
  private static func sections(_ name: String) -> (starts: String, columns: String, weights: String) {
    ("\(name)/starts", "\(name)/columns", "\(name)/weights")
  }

  static func isEncoding(_ name: String, in file: ArtifactFile) -> Bool { file.section(sections(name).starts) != nil }

  package func write(_ name: String, to writer: ArtifactWriter) throws {
    let names = Self.sections(name)
    try writer.add(names.starts, starts.map { Int64($0) })
    try writer.add(names.columns, columns)
    try writer.add(names.weights, values ?? [Float](repeating: 1, count: columns.count))
  }

  package init(_ file: ArtifactFile, _ name: String, rows: Int, columns width: Int) throws {
    let names = Self.sections(name)
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
