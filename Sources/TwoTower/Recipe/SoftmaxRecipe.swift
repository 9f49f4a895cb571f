import Artifacts
package import CanonicalJSON
package import Kernels

/// A model of a sampled or full softmax.
package struct SoftmaxRecipe: MethodRecipe {
  package static let name = "softmax"
  package static let lossUnit = (perEpoch: "loss, mean over batches of the sum", perPair: "nats")

  package var temperature: Float = 1
  package var normalisation = SoftmaxObjective.Normalisation.none
  /// The penalty for each occurrence of a query, where there is one by frequency.
  package var penalty: Float = 0
  /// `true` if the softmax had candidates as often as training has them: in-batch negatives without a correction.
  package var negativesByFrequency = false
  /// The negatives of the softmax, if its loss can be computed for other pairs: without corrections, masks and draws.
  package var loss: SoftmaxObjective.Negatives?

  package init() {}

  init(_ objective: SoftmaxObjective, _ regularization: Regularization) {
    temperature = objective.temperature
    normalisation = objective.normalisation
    penalty = regularization.byFrequency ? regularization.strength : 0
    negativesByFrequency = objective.negatives == .inBatch && !objective.correctsSampling
    let isPlain =
      !objective.correctsSampling && objective.uniformNegatives == 0 && !objective.removesAccidentalHits
      && !objective.masksPositives && objective.hardNegatives == nil
    loss = isPlain ? objective.negatives : nil
  }

  package var fields: [String: JSON] {
    var fields: [String: JSON] = [
      "temperature": JSON(temperature), "normalise": JSON(normalisation.rawValue), "penalty": JSON(penalty),
    ]
    if negativesByFrequency { fields["negatives"] = "by frequency" }
    if let loss { fields["loss"] = JSON(loss.rawValue) }
    return fields
  }

  package init(_ json: JSON) throws {
    guard let temperature = json["temperature"]?.number, temperature > 0, temperature.isFinite,
      let normalisation = json["normalise"]?.string.flatMap(SoftmaxObjective.Normalisation.init(rawValue:)),
      let penalty = json["penalty"]?.number, penalty.isFinite
    else { throw ArtifactError.incompleteRecipe }
    self.temperature = Float(temperature)
    self.normalisation = normalisation
    self.penalty = Float(penalty)
    negativesByFrequency = json["negatives"]?.string == "by frequency"
    loss = json["loss"]?.string.flatMap(SoftmaxObjective.Negatives.init(rawValue:))
  }

  package var isLinear: Bool { false }
  package var hasUnitQueries: Bool { normalisation == .both }
  package var foldInNeedsCounts: Bool { negativesByFrequency }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule {
    SoftmaxFoldIn(self, candidates: candidates, counts: counts)
  }
}
