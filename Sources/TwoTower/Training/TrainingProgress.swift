/// The numbers of one epoch.
package struct TrainingEpoch: Sendable, Equatable {
  /// The mean over batches of the batch's summed loss, which is what Keras' `fit` shows.
  package var lossPerBatch: Double
  /// The loss of a pair in nats.
  package var lossPerPair: Double
  package var accuracies: [Double]
  /// The value of the validation after the epoch.
  package var validation: Double?
  /// The losses of both tasks, where there is a rating head; else `nil`.
  package var tasks: TaskLosses?
}

/// The numbers of one step.
package struct TrainingStep: Sendable, Equatable {
  /// The loss of a pair in nats, before the step.
  package var lossPerPair: Double
  package var learningRate: Double
  package var pairs: Int
}

/// The progress of a training: everything but the parameters that the next step depends on.
package struct TrainingProgress: Sendable, Equatable {
  package var epoch = 0
  package var batch = 0
  package var step = 0
  package var pairs = 0
  /// The loss of the running epoch so far.
  package var loss = 0.0
  package var hits: [Int] = []
  /// The losses of both tasks in the running epoch so far, where there is a rating head; else `nil`.
  var tasks: TaskSums?
  package var epochs: [TrainingEpoch] = []
  package var bestEpoch: Int?
  /// Steps of the trainings that this one went on from, as far as their optimizer's memory is still there.
  package var earlierSteps = 0
}

/// Callbacks of a running training.
package struct TrainingListener {
  /// Called after each epoch, numbered from 1.
  package var epoch: (Int, TrainingEpoch) throws -> Void = { _, _ in }
  /// Called after each batch; the place for a checkpoint.
  package var batch: (any Training) throws -> Void = { _ in }
  /// Judges the model after an epoch; more is better.
  package var validation: ((Model) throws -> Double)?

  package init() {}
}
