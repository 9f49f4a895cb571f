import Artifacts
import CanonicalJSON
import Kernels
import ParallelLoops
import SystemFiles

/// Scores every candidate: the answer that others are measured by, TFRS' `BruteForce`.
///
/// A score is one chain of fused multiply-adds in the order of the dimensions. A prefilter changes no answer.
public struct ExactIndex: CandidateIndex {
  let vectors: PackedRows
  private let prefilter: BytePanels?
  /// The candidates that can be found; nil where that is all of them.
  let present: CandidateFilter?

  public var count: Int { vectors.rows }
  public var dimension: Int { vectors.columns }
  /// Candidates that no search finds: removed, or of vectors that are not finite.
  public var absent: Int { present.map { count - $0.allowed } ?? 0 }
  /// Their numbers.
  package var absentCandidates: [Int] {
    present.map { present in (0..<count).filter { !present.allows($0) } } ?? []
  }

  /// `true` if single queries are answered with the help of bounds. The answers are the same.
  package var hasPrefilter: Bool { prefilter != nil }

  /// - Parameter vectors: `count * dimension` floats, candidate after candidate. Those that are not finite are never found.
  public init(vectors: [Float], dimension: Int) {
    precondition(dimension > 0 && vectors.count % dimension == 0, "\(vectors.count) floats of \(dimension) dimensions")
    self.init(Matrix(rows: vectors.count / dimension, columns: dimension, values: vectors))
  }

  /// - Parameters:
  ///   - rows: the candidates' rows of the matrix; all if nil.
  ///   - prefiltered: `true` if there is a prefilter; from 20,000 candidates on if nil.
  ///   - removed: candidates that are never found.
  package init(
    _ matrix: Matrix, rows: Range<Int>? = nil, prefiltered: Bool? = nil, removed: [Int] = [], threads: Int = 1
  ) {
    let range = rows ?? 0..<matrix.rows
    let absent = removed + matrix.notFinite(range, threads: threads)
    if absent.isEmpty {
      vectors = PackedRows(matrix, rows: range, threads: threads)
      present = nil
    } else {
      // Zeros in their place: files have finite numbers only, and bounds of them are as good as any.
      vectors = PackedRows(matrix.zeroing(absent, of: range), threads: threads)
      present = CandidateFilter(excluding: absent, of: range.count)
    }
    let wanted = prefiltered ?? (vectors.rows >= Prefilter.leastCandidates)
    prefilter = wanted ? BytePanels(vectors, threads: threads) : nil
  }

  public func search(_ query: [Float], k: Int, filter: CandidateFilter? = nil) -> [Neighbour] {
    precondition(query.count == dimension, "a query of \(query.count) dimensions, the index has \(dimension)")
    return search(Matrix(rows: 1, columns: dimension, values: query), k: k, filter: filter, threads: 1)[0]
  }

  /// Queries that are searched for one by one where there is a prefilter: reading all vectors once for all of them costs as
  /// much as filtering for five or six (1,000,000 x 64, `Benchmarks/serving --batches`).
  private static let few = 4

  /// - Parameter excluded: of each query the candidates that it may not find, rising; none of any if empty.
  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter? = nil, excluding excluded: [[UInt32]] = [], threads: Int
  ) -> [[Neighbour]] {
    precondition(queries.columns == dimension, "queries of \(queries.columns) dimensions, the index has \(dimension)")
    precondition(filter.map { $0.count == count } ?? true, "the filter's size is not the index's")
    precondition(excluded.isEmpty || excluded.count == queries.rows, "\(excluded.count) lists, \(queries.rows) queries")
    var filter = present.map { present in filter?.intersection(present) ?? present } ?? filter
    if queries.rows == 1, let list = excluded.first { filter = CandidateFilter(filter, excluding: list, of: count) }
    let k = min(max(k, 0), filter?.allowed ?? count)
    let single = SingleScan(vectors: vectors, prefilter: prefilter, filter: filter)
    if queries.rows == 1 { return [single.search(queries, k: k)] }
    if queries.rows <= Self.few, prefilter != nil, excluded.isEmpty {
      return parallelMap(queries.rows, threads: threads) { row in
        single.search(Matrix(rows: 1, columns: dimension, values: queries.row(row)), k: k)
      }
    }
    let scan = BatchScan(vectors: vectors, filter: filter, excluded: excluded)
    let rows = BatchScan.rows(queries.rows, columns: dimension, threads: threads)
    let lists = parallelMap((queries.rows + rows - 1) / rows, threads: threads) { block in
      scan.search(block * rows..<min((block + 1) * rows, queries.rows), of: queries, k: k)
    }
    return Array(lists.joined())
  }

  /// All vectors, candidate after candidate, as rows of a copy.
  ///
  /// - Parameter first: empty rows before the first candidate.
  package func matrix(after first: Int = 0) -> Matrix { vectors.unpacked(after: first) }

  /// Sections of the index within an artifact: panels of 16 candidates, as they are scanned, to be mapped.
  package func write(to writer: ArtifactWriter) throws {
    try writer.add(
      "panels", type: .f32, bytes: UnsafeRawBufferPointer(vectors.values),
      shape: [vectors.paddedRows / 16, dimension, 16], codec: .raw)
    if let prefilter { try Prefilter.write(prefilter, to: writer) }
    if absent > 0 { try writer.add("absent", absentCandidates.map { UInt32($0) }, codec: .raw) }
  }

  package var schema: [String: JSON] {
    Self.schema(count: count, dimension: dimension, prefiltered: hasPrefilter, absent: absent)
  }

  static func schema(count: Int, dimension: Int, prefiltered: Bool, absent: Int = 0) -> [String: JSON] {
    var schema: [String: JSON] = [
      "kind": "exact", "similarity": "inner-product", "count": JSON(count), "dimension": JSON(dimension),
    ]
    if prefiltered { schema["prefilter"] = "int8" }
    if absent > 0 { schema["absent"] = JSON(absent) }
    return schema
  }

  /// Opens the index where it lies in `file`; nothing is copied.
  package init(_ file: ArtifactFile, schema: JSON? = nil) throws {
    let schema = schema ?? file.header.schema
    let panels: SharedValues<Float> = try file.mapped("panels")
    vectors = try naming(file.path) {
      guard schema["kind"]?.string == "exact" else {
        throw ArtifactError.malformed(
          part: "schema", reason: "the index's kind is unknown to this build; update Tandem")
      }
      guard let count = schema["count"]?.integer, let dimension = schema["dimension"]?.integer, count >= 0,
        1...65_536 ~= dimension, count <= 1 << 40, file.section("panels")?.shape == [(count + 15) / 16, dimension, 16]
      else { throw ArtifactError.malformed(part: "section \"panels\"", reason: "its shape is not the schema's") }
      return PackedRows(panels: panels, rows: count, columns: dimension)
    }
    prefilter = try Prefilter.open(file, schema: schema, rows: vectors.rows, columns: vectors.columns)
    present = try Self.present(file, schema, of: vectors.rows)
  }

  private static func present(_ file: ArtifactFile, _ schema: JSON, of count: Int) throws -> CandidateFilter? {
    guard let absent = schema["absent"] else { return nil }
    let numbers: [UInt32] = try file.read("absent", shape: [absent.integer ?? -2])
    guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }), numbers.last.map({ $0 < count }) ?? true else {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"absent\"", reason: "its numbers do not rise below \(count)"))
    }
    return CandidateFilter(excluding: numbers.map { Int($0) }, of: count)
  }
}
