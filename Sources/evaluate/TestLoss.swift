import Evaluation
import Kernels
import TwoTower

/// The training objective on shuffled test pairs: a mean over batches, and nats for each pair.
struct TestLoss {
  let model: Model
  let batchSize: Int
  let seed: UInt64

  func metrics(_ test: NumberedPairs, threads: Int) -> [Metric] {
    var random = RandomGenerator(seed: seed, stream: "test loss")
    let order = random.permutation(test.queries.count)
    let losses = stride(from: 0, to: order.count, by: batchSize).map { start in
      let rows = order[start..<min(start + batchSize, order.count)]
      let batch = Batch(
        queries: rows.map { row(test.queries[$0], of: model.queries) },
        candidates: rows.map { row(test.candidates[$0], of: model.candidates) })
      return inBatchLoss(batch, model: model, threads: threads)
    }
    let total = losses.reduce(0, +)
    return [("loss_per_batch", total / Double(losses.count)), ("loss_per_pair", total / Double(order.count))].map {
      Metric(model: "two-tower", seenProtocol: "seen-included", name: $0, k: nil, ties: "none", value: $1)
    }
  }

  /// Row 0 for what the model does not know.
  private func row(_ number: Int32, of table: Matrix) -> Int32 { Int(number) < table.rows - 1 ? number + 1 : 0 }
}
