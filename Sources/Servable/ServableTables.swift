import Artifacts
import CandidateIndex
import Kernels

/// The names and vectors of queries and candidates, in the mapped file, from which forms for other programs are
/// written. The score of a pair is the inner product of its vectors.
package struct ServableTables: Sendable {
  package let dimension: Int
  private let queries: MappedStrings
  private let candidates: MappedStrings
  private let embeddings: MappedRows
  private let nameField: CatalogField?
  private let index: any NearestNeighbourIndex
  private let file: ArtifactFile

  init(_ servable: Servable) {
    dimension = servable.index.dimension
    queries = servable.queries
    candidates = servable.candidates
    nameField = servable.nameField
    embeddings = servable.embeddings
    index = servable.index
    file = servable.file
  }

  /// Releases the mapping's resident pages. The contents are unaffected.
  package func releasePages() { file.releasePages() }

  package var queryCount: Int { queries.count }
  package var candidateCount: Int { candidates.count }

  /// Returns a raw query id in UTF-8; ids are sorted and distinct.
  package func query(_ place: Int) -> UnsafeBufferPointer<UInt8> { unsafe queries.utf8(place) }

  /// `true` if candidates have names for people besides their keys.
  package var hasNames: Bool { nameField != nil }

  /// Returns a candidate's name for people in UTF-8; empty if it has none.
  package func name(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    unsafe nameField?.firstText(of: place) ?? UnsafeBufferPointer(start: nil, count: 0)
  }

  /// Returns a candidate's key in UTF-8; keys are sorted and distinct.
  package func candidate(_ place: Int) -> UnsafeBufferPointer<UInt8> { unsafe candidates.utf8(place) }

  /// The query vectors, f32 `[queryCount + 1, dimension]`; row 0 answers unknown queries (`EmbeddingRow`).
  package var queryVectors: UnsafeBufferPointer<Float> { unsafe embeddings.values.values }

  /// Calls `body` with consecutive blocks of the candidates' vectors, rows of `dimension` floats.
  package func forEachBlockOfCandidates(_ body: ([Float]) throws -> Void) rethrows {
    let size = max((1 << 18) / max(dimension, 1), 1)
    let rows = Matrix(rows: size, columns: dimension)
    for first in stride(from: 0, to: candidateCount, by: size) {
      let block = first..<min(first + size, candidateCount)
      for candidate in block { index.copyVector(of: candidate, to: rows, row: candidate - first) }
      releasePages()
      try body(rows.first(block.count).values)
    }
  }

  /// Returns the number of a query; `nil` if it is unknown.
  package func place(ofQuery id: String) -> Int? { queries.index(of: id) }
}

extension Servable {
  package var tables: ServableTables { ServableTables(self) }
  /// `true` if results of its index equal those of an exhaustive search.
  package var isExact: Bool { index.isExact }
}
