package import ArgumentParser
import StageKit

/// A training method with its params, and the params that all methods have: all that `tune` looks for.
package struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Training method.", valueName: "name"))
  package var objective = MethodName.softmax

  @Option(help: ArgumentHelp("Length of an embedding.", valueName: "number"))
  package var dimension = 32

  @Option(help: ArgumentHelp("Number of epochs.", valueName: "number"))
  package var epochs = 3

  @Option(help: ArgumentHelp("Random seed of initial embeddings and batches.", valueName: "number"))
  package var seed: UInt64 = 42

  @OptionGroup(title: "--objective=softmax")
  var softmax: SoftmaxMethod

  @OptionGroup(title: "--objective=ials")
  var implicitALS: ImplicitALSMethod

  @OptionGroup(title: "--objective=linear-autoencoder")
  var linearAutoencoder: LinearAutoencoderMethod

  package init() {}

  /// The method of `objective`.
  ///
  /// - Throws: `ValidationError` if a param of another method is given.
  package var method: any TrainingMethod {
    get throws { try [softmax, implicitALS, linearAutoencoder].chosen(objective) }
  }

  package func validate() throws {
    guard 1...4096 ~= dimension else { throw ValidationError("--dimension is \(dimension); give 1 to 4096") }
    guard epochs > 0 else { throw ValidationError("--epochs is \(epochs); give at least 1") }
    _ = try method
  }

  /// The settings of a training of this length on this machine.
  package func settings(threads: Int, scratchFolder: String?) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.dimension = dimension
    settings.epochs = epochs
    settings.seed = seed
    settings.threads = threads
    settings.scratchFolder = scratchFolder
    return settings
  }
}
