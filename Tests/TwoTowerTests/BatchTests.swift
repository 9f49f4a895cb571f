import Testing

@testable import TwoTower

@Suite("A batch")
struct BatchTests {
  @Test("has each distinct query, candidate and pair once, with how often it occurs")
  func multiplicities() {
    for seed in 0..<20 as Range<UInt64> {
      var cases = Cases(seed)
      let count = cases.number(below: 200)
      let pairs = cases.pairs(count, queries: 15, candidates: 9)
      let batch = Batch(queries: pairs.queries, candidates: pairs.candidates)
      #expect(batch.count == count)
      let (queries, candidates) = (pairs.queries.rows, pairs.candidates.rows)
      for (side, own, other) in [(batch.queries, queries, candidates), (batch.candidates, candidates, queries)] {
        #expect(side.rows == Set(own).sorted())
        let otherRows = Set(other).sorted()
        for (number, row) in side.rows.enumerated() {
          #expect(side.counts[number] == Float(own.count { $0 == row }))
          let range = side.starts[number]..<side.starts[number + 1]
          let partners = range.map { (otherRows[Int(side.partners[$0])], side.partnerCounts[$0]) }
          #expect(partners.map(\.0) == Set(zip(own, other).filter { $0.0 == row }.map(\.1)).sorted())
          for (partner, times) in partners {
            #expect(times == Float(zip(own, other).count { $0 == row && $1 == partner }))
          }
        }
      }
    }
  }
}
