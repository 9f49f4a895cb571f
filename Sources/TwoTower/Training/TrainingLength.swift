/// The length of a training.
package struct TrainingLength: Sendable {
  /// Number of epochs, to which schedules reach.
  package var epochs: Int
  /// Epochs without a better validation value before training stops; `nil` trains to the end.
  package var patience: Int?
  /// Number of epochs after which training ends, though its schedule may go on; `nil` trains to the end.
  package var lastEpoch: Int?

  package init(epochs: Int) { self.epochs = epochs }
}
