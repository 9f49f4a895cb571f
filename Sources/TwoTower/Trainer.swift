import Interactions
import Kernels

/// Trains both towers in place, batch by batch, and remembers the losses.
package struct Trainer {
  package struct Settings: Sendable {
    package var epochs = 3
    package var batchSize = 8192
    package var learningRate: Float = 0.1
    package var seed: UInt64 = 42
    package var threads = 1
    /// Top-k accuracies of each batch before its step, against all candidates, as Keras' `fit` prints them.
    package var accuracyAt: [Int] = []

    package init() {}
  }

  /// What one epoch showed.
  package struct Epoch: Sendable {
    /// The mean over batches of the batch's summed loss, which is what `fit` shows.
    package var lossPerBatch: Double
    /// Nats.
    package var lossPerPair: Double
    package var accuracies: [Double]
  }

  package enum Failure: Error, CustomStringConvertible {
    case diverged(epoch: Int)

    package var description: String {
      switch self {
      case .diverged(let epoch): "the loss is no number in epoch \(epoch); set a lower learning-rate"
      }
    }
  }

  private let model: Model
  private let batches: [Batch]
  private let settings: Settings
  private let queryOptimizer: Adagrad
  private let candidateOptimizer: Adagrad

  /// Shuffles the pairs once and cuts them into batches, which stay the same in every epoch, as in the tutorial
  /// (`shuffle`, `batch`, `cache`).
  package init(_ model: Model, queries: [Int32], candidates: [Int32], settings: Settings) {
    var random = RandomGenerator(seed: settings.seed, stream: "batches")
    let order = random.permutation(queries.count)
    let batches = stride(from: 0, to: order.count, by: settings.batchSize).map { start in
      let rows = order[start..<min(start + settings.batchSize, order.count)]
      return Batch(queries: rows.map { queries[$0] }, candidates: rows.map { candidates[$0] })
    }
    self.init(model, batches: batches, settings: settings)
  }

  package init(_ model: Model, batches: [Batch], settings: Settings) {
    self.model = model
    self.batches = batches
    self.settings = settings
    queryOptimizer = Adagrad(learningRate: settings.learningRate, table: model.queries)
    candidateOptimizer = Adagrad(learningRate: settings.learningRate, table: model.candidates)
  }

  package var batchCount: Int { batches.count }

  /// - Parameter report: called after each epoch, numbered from 1.
  package func train(report: (Int, Epoch) -> Void = { _, _ in }) throws -> [Epoch] {
    let pairs = batches.reduce(0) { $0 + $1.count }
    var epochs: [Epoch] = []
    for number in 1...max(settings.epochs, 1) {
      var loss = 0.0
      var hits = [Int](repeating: 0, count: settings.accuracyAt.count)
      for batch in batches {
        if !hits.isEmpty { count(&hits, in: batch) }
        loss += step(batch)
      }
      guard loss.isFinite else { throw Failure.diverged(epoch: number) }
      let epoch = Epoch(
        lossPerBatch: loss / Double(batches.count), lossPerPair: loss / Double(pairs),
        accuracies: hits.map { Double($0) / Double(pairs) })
      epochs.append(epoch)
      report(number, epoch)
    }
    return epochs
  }

  /// One step on one batch; gives its summed loss before the step.
  @discardableResult
  package func step(_ batch: Batch) -> Double {
    let objective = InBatchSoftmax(batch, queryTable: model.queries, candidateTable: model.candidates)
    return objective.run(threads: settings.threads) { row, gradient in
      queryOptimizer.step(Int(batch.queries.rows[row]), of: model.queries, gradient: gradient)
    } candidateGradient: { row, gradient in
      candidateOptimizer.step(Int(batch.candidates.rows[row]), of: model.candidates, gradient: gradient)
    }
  }

  private func count(_ hits: inout [Int], in batch: Batch) {
    let ranks = PairRanks(model: model, batch: batch, threads: settings.threads)
    for pair in 0..<ranks.greater.count {
      for (place, k) in settings.accuracyAt.enumerated() where Int(ranks.greater[pair]) < k {
        hits[place] += Int(batch.queries.partnerCounts[pair])
      }
    }
  }
}

/// The summed loss of a batch under tables as they are.
package func inBatchLoss(_ batch: Batch, model: Model, threads: Int) -> Double {
  InBatchSoftmax(batch, queryTable: model.queries, candidateTable: model.candidates)
    .run(threads: threads) { _, _ in
    } candidateGradient: { _, _ in
    }
}
