import Evaluation
import Kernels
import RandomNumbers
import TwoTower

/// What training minimised, on shuffled test pairs that the model knows: a mean over batches, and nats for each pair.
struct TestLoss {
  let model: Model
  let batchSize: Int
  let seed: UInt64

  /// Nothing where training minimised no plain softmax, or the model knows no test pair.
  func metrics(_ test: NumberedPairs, threads: Int) -> [Metric] {
    guard model.recipe.loss != nil else { return [] }
    let known = test.queries.indices.filter {
      0..<model.queries.rows - 1 ~= Int(test.queries[$0]) && 0..<model.candidates.rows - 1 ~= Int(test.candidates[$0])
    }
    guard !known.isEmpty else { return [] }
    var random = RandomGenerator(seed: seed, stream: "test loss")
    let order = random.permutation(known.count).map { known[Int($0)] }
    let losses = stride(from: 0, to: order.count, by: batchSize).compactMap { start in
      let pairs = order[start..<min(start + batchSize, order.count)]
      return model.heldOutLoss(
        queryRows: pairs.map { test.queries[$0] + 1 }, candidateRows: pairs.map { test.candidates[$0] + 1 },
        threads: threads)
    }
    let total = losses.reduce(0, +)
    return [("loss_per_batch", total / Double(losses.count)), ("loss_per_pair", total / Double(order.count))].map {
      Metric(model: "two-tower", seenProtocol: "seen-included", name: $0, k: nil, ties: "none", value: $1)
    }
  }
}
