import ArgumentParser
import Kernels
import StageKit
import TwoTower

extension Activation: ChoiceParam {}

/// Options of the dense layers of both towers, where they are `concat`.
struct LayerOptions: ParsableArguments {
  private static let mostLayers = 16
  private static let widest = 65_536

  @Option(
    help: ArgumentHelp(
      "Towers concat: outputs of the dense layers before the last, which is linear and has the dimension.",
      valueName: "number"))
  var layers: [Int] = []

  @Option(help: ArgumentHelp("Towers concat: activation of the dense layers but the last.", valueName: "name"))
  var activation = Activation.relu

  @Option(
    help: ArgumentHelp(
      "Towers concat: normalise the sums of each dense layer but the last before the activation.",
      valueName: "boolean"))
  var layerNorm = false

  @Option(
    help: ArgumentHelp(
      "Towers concat: length of the vectors of ids and of features' values; the dimension if not given.",
      valueName: "number"))
  var embeddingDimension: Int?

  @Option(
    help: ArgumentHelp(
      "Towers concat: learning rate of the dense layers; learning-rate if not given.", valueName: "number"))
  var layerLearningRate: Double?

  func validate() throws {
    guard layers.count <= Self.mostLayers else {
      throw ValidationError("--layers: \(layers.count) are given; give at most \(Self.mostLayers)")
    }
    for width in layers + [embeddingDimension].compactMap({ $0 }) where !(1...Self.widest ~= width) {
      let name = layers.contains(width) ? "layers" : "embedding-dimension"
      throw ValidationError("--\(name) has \(width); give 1 to \(Self.widest)")
    }
    if layers.isEmpty, activation != .relu || layerNorm {
      let name = layerNorm ? "layer-norm" : "activation"
      throw ValidationError(
        "--\(name): is for layers before the last, and there are none; give --layers, or leave it out")
    }
    if let layerLearningRate, layerLearningRate <= 0 {
      throw ValidationError("--layer-learning-rate is \(layerLearningRate); give a number above 0")
    }
  }

  /// The first layers of a tower.
  func initial(inputs: Int, outputs: Int, seed: UInt64, stream: String) -> DenseLayers {
    .initial(
      DenseLayers.Form(activation: activation, isNormalised: layerNorm), widths: [inputs] + layers + [outputs],
      seed: seed, stream: stream)
  }
}
