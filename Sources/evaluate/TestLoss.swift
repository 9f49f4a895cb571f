import Evaluation
import Interactions
import Kernels
import RandomNumbers
import Tables
import TwoTower

/// What training minimised, on shuffled test pairs that the model knows: a mean over batches, and nats for each pair.
struct TestLoss {
  let model: Model
  let batchSize: Int
  let seed: UInt64

  /// Nothing where training minimised no plain softmax, or the model knows no test pair.
  func metrics(_ test: NumberedPairs, threads: Int) -> [Metric] {
    let known = test.queries.indices.filter {
      0..<model.vocabularies.query.values.count ~= Int(test.queries[$0])
        && 0..<model.vocabularies.candidate.values.count ~= Int(test.candidates[$0])
    }
    guard !known.isEmpty else { return [] }
    var random = RandomGenerator(seed: seed, stream: "test loss")
    let order = random.permutation(known.count).map { known[Int($0)] }
    let losses = stride(from: 0, to: order.count, by: batchSize).compactMap { start in
      let pairs = order[start..<min(start + batchSize, order.count)]
      return model.heldOutLoss(
        queryRows: pairs.map { QueryNumber(test.queries[$0]).row },
        candidateRows: pairs.map { CandidateNumber(test.candidates[$0]).row },
        threads: threads)
    }
    guard !losses.isEmpty else { return [] }
    let total = losses.reduce(0, +)
    return [("loss_per_batch", total / Double(losses.count)), ("loss_per_pair", total / Double(order.count))].map {
      Metric(model: "two-tower", seenProtocol: "seen-included", name: $0, k: nil, ties: "none", value: $1)
    }
  }
}
