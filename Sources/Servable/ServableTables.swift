import Artifacts
import CandidateIndex
import Kernels

/// What forms for other programs are made of, where it lies in the mapped file: names and vectors of queries and
/// candidates. The score of a pair is the inner product of its vectors.
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

  /// Lets go of the pages of the file that were read: a pass over it needs none of them again soon.
  package func releasePages() { file.releasePages() }

  package var queryCount: Int { queries.count }
  package var candidateCount: Int { candidates.count }

  /// A raw query id, in UTF-8; sorted and all different.
  package func query(_ place: Int) -> UnsafeBufferPointer<UInt8> { unsafe queries.utf8(place) }

  /// `true` if candidates have names for people beside their keys.
  package var hasNames: Bool { nameField != nil }

  /// A candidate's name for people, in UTF-8; empty where it has none.
  package func name(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    unsafe nameField?.firstText(of: place) ?? UnsafeBufferPointer(start: nil, count: 0)
  }

  /// A candidate's key, in UTF-8; sorted and all different.
  package func candidate(_ place: Int) -> UnsafeBufferPointer<UInt8> { unsafe candidates.utf8(place) }

  /// Query `place` has row `place + 1`; row 0 answers what is unknown. f32 `[queryCount + 1, dimension]`.
  package var queryVectors: UnsafeBufferPointer<Float> { unsafe embeddings.values.values }

  /// The candidates' vectors, rows of `dimension` floats, block after block in order.
  package func forEachBlockOfCandidates(_ body: (UnsafeBufferPointer<Float>) throws -> Void) rethrows {
    let size = max((1 << 18) / max(dimension, 1), 1)
    let rows = AlignedFloats(uninitialised: size * dimension)
    for first in stride(from: 0, to: candidateCount, by: size) {
      let block = first..<min(first + size, candidateCount)
      for candidate in block {
        unsafe index.copyVector(of: candidate, to: rows.pointer + (candidate - first) * dimension)
      }
      releasePages()
      try unsafe body(UnsafeBufferPointer(start: rows.pointer, count: block.count * dimension))
    }
  }

  /// The place of a query; nil if it is unknown.
  package func place(ofQuery id: String) -> Int? { queries.index(of: id) }
}

extension Servable {
  package var tables: ServableTables { ServableTables(self) }
  /// `true` if its index finds the best whatever is asked.
  package var isExact: Bool { index.isExact }
}
