import Artifacts
import Kernels

/// Scores every candidate: the answer that others are measured by, TFRS' `BruteForce`.
///
/// A score is one chain of fused multiply-adds in the order of the dimensions.
public struct ExactIndex: CandidateIndex {

  static let tileRows = 48
  static let tileColumns = 1024

  private let vectors: PackedRows

  public var count: Int { vectors.rows }
  public var dimension: Int { vectors.columns }

  /// - Parameter vectors: `count * dimension` finite floats, candidate after candidate.
  public init(vectors: [Float], dimension: Int) {
    precondition(dimension > 0 && vectors.count % dimension == 0, "\(vectors.count) floats of \(dimension) dimensions")
    self.init(Matrix(rows: vectors.count / dimension, columns: dimension, values: vectors))
  }

  package init(_ matrix: Matrix, rows: Range<Int>? = nil) { vectors = PackedRows(matrix, rows: rows) }

  package init(panels: PackedRows) { vectors = panels }

  public func search(_ query: [Float], k: Int, filter: CandidateFilter? = nil) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions, the index has \(dimension)")
    return search(Matrix(rows: 1, columns: dimension, values: query), k: k, filter: filter, threads: 1)[0]
  }

  package func search(_ queries: Matrix, k: Int, filter: CandidateFilter? = nil, threads: Int) -> [[Neighbour]] {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    let k = min(max(k, 0), filter?.allowed ?? count)
    let lists = parallelMap((queries.rows + Self.tileRows - 1) / Self.tileRows, threads: threads) { block in
      let range = block * Self.tileRows..<min((block + 1) * Self.tileRows, queries.rows)
      let best = BestOfTiles(queries: range.count, k: k, tileWidth: Self.tileColumns)
      let buffer = AlignedFloats(uninitialised: range.count * Self.tileColumns)
      for start in stride(from: 0, to: count, by: Self.tileColumns) {
        let tile = start..<min(start + Self.tileColumns, count)
        scores(of: range, in: queries, against: vectors, tile: tile, into: buffer.pointer, stride: Self.tileColumns)
        for place in 0..<range.count {
          best.take(
            buffer.pointer + place * Self.tileColumns, count: tile.count, first: start, query: place, filter: filter)
        }
      }
      return (0..<range.count).map { best.list(of: $0) }
    }
    return Array(lists.joined())
  }

  /// All vectors, candidate after candidate, as rows of a copy.
  ///
  /// - Parameter first: empty rows before the first candidate.
  package func matrix(after first: Int = 0) -> Matrix { vectors.unpacked(after: first) }

  /// Sections of the index within an artifact: panels of 16 candidates, as they are scanned, to be mapped.
  package func write(to writer: ArtifactWriter) throws {
    try writer.add("panels", vectors.panels, shape: [vectors.paddedRows / 16, dimension, 16], codec: .raw)
  }

  package var schema: [String: JSON] {
    ["kind": "exact", "similarity": "inner-product", "count": JSON(count), "dimension": JSON(dimension)]
  }

  /// Opens the index where it lies in `file`; nothing is copied.
  package init(_ file: ArtifactFile, schema: JSON? = nil) throws {
    let schema = schema ?? file.header.schema
    let panels: UnsafeBufferPointer<Float> = try file.mapped("panels")
    vectors = try naming(file.path) {
      guard schema["kind"]?.string == "exact" else {
        throw ArtifactError.malformed(
          part: "schema", reason: "the index's kind is unknown to this build; update Tandem")
      }
      guard let count = schema["count"]?.integer, let dimension = schema["dimension"]?.integer, count >= 0,
        1...65_536 ~= dimension, count <= 1 << 40, file.section("panels")?.shape == [(count + 15) / 16, dimension, 16]
      else { throw ArtifactError.malformed(part: "section \"panels\"", reason: "its shape is not the schema's") }
      return PackedRows(panels: panels, rows: count, columns: dimension, owner: file)
    }
  }
}
