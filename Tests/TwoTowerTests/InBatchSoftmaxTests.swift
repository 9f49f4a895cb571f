import Foundation
import Kernels
import Synchronization
import Testing

@testable import TwoTower

func exponential(_ value: Double) -> Double { Foundation.exp(value) }
func logarithm(_ value: Double) -> Double { Foundation.log(value) }

@Suite("In-batch softmax")
struct InBatchSoftmaxTests {
  /// The loss and the gradients of all rows of a batch.
  private func run(_ model: Model, _ batch: Batch, threads: Int) -> (Double, [Int32: [Float]], [Int32: [Float]]) {
    let gradients = Mutex<([Int32: [Float]], [Int32: [Float]])>(([:], [:]))
    let count = model.dimension
    let objective = InBatchSoftmax(batch, queryTable: model.queries, candidateTable: model.candidates)
    let loss = objective.run(threads: threads) { row, gradient in
      let values = Array(UnsafeBufferPointer(start: gradient, count: count))
      gradients.withLock { $0.0[batch.queries.rows[row]] = values }
    } candidateGradient: { row, gradient in
      let values = Array(UnsafeBufferPointer(start: gradient, count: count))
      gradients.withLock { $0.1[batch.candidates.rows[row]] = values }
    }
    let (queries, candidates) = gradients.withLock { $0 }
    return (loss, queries, candidates)
  }

  private func expectClose(_ ours: [Int32: [Float]], _ wanted: [Int32: [Double]], _ note: String) {
    #expect(Set(ours.keys) == Set(wanted.keys))
    let greatest = wanted.values.joined().map(abs).max() ?? 0
    for (row, values) in wanted {
      for (value, want) in zip(ours[row] ?? [], values) {
        #expect(abs(Double(value) - want) <= 2e-5 * max(greatest, 1), "\(note), row \(row)")
      }
    }
  }

  @Test(
    "gives the loss and gradients of the formula, whatever the repeats, the tiles and the size of scores",
    arguments: [(1, 3, 3, 4), (7, 5, 4, 3), (60, 12, 9, 8), (300, 49, 30, 16), (700, 97, 600, 5), (400, 20, 513, 17)])
  func formula(count: Int, queries: Int, candidates: Int, dimension: Int) {
    for (seed, scale) in [(1, 0.05), (2, 1), (3, 4)] as [(UInt64, Float)] {
      var cases = Cases(seed)
      let model = cases.model(queries: queries, candidates: candidates, dimension: dimension, scale: scale)
      let pairs = cases.pairs(count, queries: queries, candidates: candidates)
      let naive = NaiveLoss(model, queries: pairs.queries, candidates: pairs.candidates)
      let (loss, ofQueries, ofCandidates) = run(
        model, Batch(queries: pairs.queries, candidates: pairs.candidates), threads: 2)
      #expect(abs(loss - naive.loss) <= 1e-5 * max(naive.loss, 1))
      expectClose(ofQueries, naive.queryGradients, "queries at \(scale)")
      expectClose(ofCandidates, naive.candidateGradients, "candidates at \(scale)")
    }
  }

  @Test("has the gradient that its loss has")
  func finiteDifferences() {
    var cases = Cases(4)
    let model = cases.model(queries: 6, candidates: 5, dimension: 3)
    let pairs = cases.pairs(30, queries: 6, candidates: 5)
    let batch = Batch(queries: pairs.queries, candidates: pairs.candidates)
    let (_, gradients, _) = run(model, batch, threads: 1)
    for (row, gradient) in gradients {
      for column in 0..<3 {
        let place = model.queries.pointer(row: Int(row)) + column
        let (value, step) = (place.pointee, Float(1e-2))
        place.pointee = value + step
        let above = inBatchLoss(batch, model: model, threads: 1)
        place.pointee = value - step
        let below = inBatchLoss(batch, model: model, threads: 1)
        place.pointee = value
        #expect(abs((above - below) / Double(2 * step) - Double(gradient[column])) < 2e-2)
      }
    }
  }

  @Test("gives the same bits on any number of threads")
  func threads() {
    var cases = Cases(5)
    let model = cases.model(queries: 200, candidates: 700, dimension: 24)
    let pairs = cases.pairs(3000, queries: 200, candidates: 700)
    let batch = Batch(queries: pairs.queries, candidates: pairs.candidates)
    let alone = run(model, batch, threads: 1)
    for threads in [2, 3, 7] {
      let shared = run(model, batch, threads: threads)
      #expect(alone.0 == shared.0)
      #expect(alone.1 == shared.1)
      #expect(alone.2 == shared.2)
    }
  }
}

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
      for (side, own, other) in [
        (batch.queries, pairs.queries, pairs.candidates), (batch.candidates, pairs.candidates, pairs.queries),
      ] {
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
