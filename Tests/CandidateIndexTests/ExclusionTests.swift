import Kernels
import RandomNumbers
import Testing

@testable import CandidateIndex

@Suite("Batches of queries with excluded candidates")
struct ExclusionTests {
  @Test("return the results of single searches with filters", arguments: [true, false], [1, 3])
  func likeFilters(isExact: Bool, threads: Int) {
    var random = RandomGenerator(seed: 4, stream: "exclusions")
    func matrix(_ rows: Int) -> Matrix {
      // Few different numbers, so that many scores are equal.
      Matrix(rows: rows, columns: 8, values: (0..<rows * 8).map { _ in Float(random.below(3)) - 1 })
    }
    let (candidates, queries) = (matrix(3000), matrix(50))
    let index =
      isExact
      ? ExactIndex(candidates, prefiltered: true) as any NearestNeighbourIndex
      : ApproximateIndex(candidates, rows: 0..<3000, settings: .init(leaves: 16))
    let filter = CandidateFilter(excluding: stride(from: 0, to: 3000, by: 7), of: 3000)
    for (count, k, filter) in [(20, 10, nil), (2990, 20, nil), (400, 10, filter)] as [(Int, Int, CandidateFilter?)] {
      let excluded = (0..<50).map { query in
        query % 5 == 0 ? [] : Set((0..<count).map { _ in UInt32(random.below(3000)) }).sorted()
      }
      let lists = index.search(queries, k: k, filter: filter, excluding: excluded, threads: threads)
      for query in 0..<50 {
        let others = CandidateFilter(excluding: excluded[query].map { Int($0) }, of: 3000)
        let one = index.search(
          queries.row(query), k: k, filter: filter?.intersection(others) ?? others)
        #expect(lists[query] == one, "query \(query), \(count) excluded")
      }
    }
  }
}
