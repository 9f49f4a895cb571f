package import Features
import Interactions
import Kernels
package import MetricTable
import RandomNumbers
import Tables
package import TwoTower

/// The softmax loss on shuffled test pairs whose query and candidate the model knows: the mean over batches, and nats
/// per pair.
///
/// The negatives are those of training, in the batch or the whole catalog, and so is the temperature; corrections for
/// frequent candidates and masks are left out.
package struct TestLoss {
  private let model: Model
  private let batchSize: Int
  private let seed: UInt64

  /// - Parameter batchSize: the number of pairs in a batch; the last one may be smaller.
  package init(model: Model, batchSize: Int, seed: UInt64) {
    precondition(batchSize > 0, "batches of \(batchSize) pairs")
    (self.model, self.batchSize, self.seed) = (model, batchSize, seed)
  }

  /// Returns `loss_per_batch` and `loss_per_pair`; nothing if training minimised no softmax or the model knows no test
  /// pair.
  ///
  /// - Parameter contexts: of the test pairs, for a model with context.
  package func metrics(_ test: NumberedPairs, contexts: EncodedContexts? = nil, threads: Int) -> [Metric] {
    let queryCount = model.vocabularies.query.values.count
    let candidateCount = model.vocabularies.candidate.values.count
    let known = test.queries.indices.filter {
      0..<queryCount ~= Int(test.queries[$0]) && 0..<candidateCount ~= Int(test.candidates[$0])
    }
    guard !known.isEmpty else { return [] }
    var random = RandomGenerator(seed: seed, stream: "test loss")
    let order = random.permutation(known.count).map { known[Int($0)] }
    let losses = stride(from: 0, to: order.count, by: batchSize).compactMap { start in
      let pairs = order[start..<min(start + batchSize, order.count)]
      return model.heldOutLoss(
        queryRows: pairs.map { QueryNumber(test.queries[$0]).row },
        candidateRows: pairs.map { CandidateNumber(test.candidates[$0]).row },
        contexts: contexts.map { all in (all.matrix, pairs.map { Int(all.numbers[$0]) }) }, threads: threads)
    }
    guard !losses.isEmpty else { return [] }
    let total = losses.reduce(0, +)
    return [("loss_per_batch", total / Double(losses.count)), ("loss_per_pair", total / Double(order.count))].map {
      Metric(model: "two-tower", seenProtocol: "seen-included", name: $0, k: nil, ties: "none", value: $1)
    }
  }
}
