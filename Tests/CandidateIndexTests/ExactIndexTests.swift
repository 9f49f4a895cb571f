import Artifacts
import CanonicalJSON
import Foundation
import Kernels
import RandomNumbers
import SystemFiles
import Testing

@testable import CandidateIndex

@Suite("Exact search")
struct ExactIndexTests {
  private func vectors(_ count: Int, _ dimension: Int, seed: UInt64) -> [Float] {
    var random = RandomGenerator(seed: seed, stream: "index")
    return (0..<count * dimension).map { _ in random.uniform() * 2 - 1 }
  }

  /// All scores in one chain of fused multiply-adds each, sorted.
  private func naive(_ vectors: [Float], _ query: [Float], k: Int, excluding excluded: Set<Int>) -> [Neighbour] {
    let count = vectors.count / query.count
    let all = (0..<count).filter { !excluded.contains($0) }.map { candidate in
      Neighbour(
        candidate: candidate,
        score: query.indices.reduce(Float(0)) {
          $0.addingProduct(query[$1], vectors[candidate * query.count + $1])
        })
    }
    return Array(all.sorted { ($1.score, $0.candidate) < ($0.score, $1.candidate) }.prefix(k))
  }

  @Test("equals a sort of all scores, bit for bit", arguments: [0, 1, 15, 16, 17, 1000, 5000])
  func agreesWithSort(count: Int) {
    for dimension in [1, 3, 32] {
      let vectors = vectors(count, dimension, seed: UInt64(count + dimension))
      let index = ExactIndex(vectors: vectors, dimension: dimension)
      #expect(index.count == count)
      let query = self.vectors(1, dimension, seed: 99)
      for k in [0, 1, 10, count + 5] {
        for excluded in [[], Set(stride(from: 0, to: count, by: 3)), Set(0..<count)] {
          let filter = excluded.isEmpty ? nil : CandidateFilter(excluding: excluded, of: count)
          #expect(
            index.search(query, k: k, filter: filter) == naive(vectors, query, k: k, excluding: excluded))
        }
      }
    }
  }

  @Test("orders equal scores by candidate number")
  func ties() {
    let index = ExactIndex(vectors: [1, 2, 2, 1, 2, 1], dimension: 1)
    #expect(index.search([1], k: 4).map(\.candidate) == [1, 2, 4, 0])
    #expect(index.search([-1], k: 2).map(\.candidate) == [0, 3])
    #expect(index.search([0], k: 3).map(\.candidate) == [0, 1, 2])
  }

  @Test("gives the same results from a mapped file, and refuses a file that contradicts its schema")
  func file() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString).tandem").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let vectors = vectors(100, 7, seed: 5)
    let index = ExactIndex(vectors: vectors, dimension: 7)
    try index.publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    let file = try ArtifactFile(path: path, type: IndexFile.type)
    try file.verify()
    let mapped = try ExactIndex(file)
    for seed in 0..<20 as Range<UInt64> {
      let query = self.vectors(1, 7, seed: 1000 + seed)
      #expect(mapped.search(query, k: 9) == index.search(query, k: 9))
    }
    for schema in [
      ["kind": "magic", "count": 100, "dimension": 7], ["kind": "exact", "count": 200, "dimension": 7],
      ["kind": "exact", "count": 100, "dimension": 8], ["kind": "exact", "count": -1, "dimension": 7],
      ["kind": "exact", "count": 100], [:],
    ] as [JSON] {
      #expect(throws: FileError.self) { try ExactIndex(file, schema: schema) }
    }
  }
}
