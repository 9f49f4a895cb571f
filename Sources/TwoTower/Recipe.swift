import Artifacts
import CanonicalJSON

/// How a model was trained, as far as it matters after training: to tell its loss, and to answer for a query that
/// training never saw.
package struct Recipe: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case softmax
    /// Weight of what was not chosen, penalty, and its exponent (Rendle et al., 2021).
    case implicitALS(unobservedWeight: Double, regularization: Double, exponent: Double)
  }

  package var kind = Kind.softmax
  package var temperature: Float = 1
  package var normalisation = Objective.Normalisation.none
  /// The penalty for each occurrence of a query, where there is one by frequency.
  package var penalty: Float = 0
  /// `true` if the softmax had candidates as often as training has them: in-batch negatives without a correction.
  package var negativesByFrequency = false
  /// Of the last dimension, if that is a bias of the candidates; nil if there is none.
  package var biasWeight: Float?
  /// What the softmax had as negatives, where its loss can be told of other pairs: without corrections, masks and draws.
  package var loss: Objective.Negatives?
  /// Number of epochs that the towers are of; nil where they are not trained epoch by epoch.
  package var epochs: Int?

  /// `true` if a query's vector is a weighted sum over its history.
  package var isLinear: Bool { if case .implicitALS = kind { true } else { false } }

  package init() {}

  init(_ objective: Objective, _ regularization: Regularization) {
    temperature = objective.temperature
    normalisation = objective.normalisation
    penalty = regularization.byFrequency ? regularization.strength : 0
    negativesByFrequency = objective.negatives == .inBatch && objective.correction == nil
    let isPlain =
      objective.correction == nil && objective.uniformNegatives == 0 && !objective.removesAccidentalHits
      && !objective.masksPositives && objective.hardNegatives == nil
    loss = isPlain ? objective.negatives : nil
  }

  package var json: JSON {
    var fields: [String: JSON] = [
      "temperature": .number(Double("\(temperature)") ?? 1), "normalise": JSON(normalisation.rawValue),
      "penalty": .number(Double("\(penalty)") ?? 0), "objective": "softmax",
    ]
    if negativesByFrequency { fields["negatives"] = "by frequency" }
    if let loss { fields["loss"] = JSON(loss.rawValue) }
    if let epochs { fields["epochs"] = JSON(epochs) }
    if let biasWeight { fields["bias_weight"] = .number(Double("\(biasWeight)") ?? 0) }
    if case .implicitALS(let weight, let regularization, let exponent) = kind {
      fields["objective"] = "ials"
      fields["unobserved_weight"] = .number(weight)
      fields["regularization"] = .number(regularization)
      fields["regularization_exponent"] = .number(exponent)
    }
    return .object(fields)
  }

  /// - Parameter json: nil in models of before, which all are the tutorial's.
  package init(_ json: JSON?) throws(ArtifactError) {
    guard let json else { return }
    guard let temperature = json["temperature"]?.number, temperature > 0, temperature.isFinite,
      let normalisation = json["normalise"]?.string.flatMap(Objective.Normalisation.init(rawValue:)),
      let penalty = json["penalty"]?.number, penalty.isFinite
    else { throw .malformed(part: "schema", reason: "its recipe is incomplete") }
    self.temperature = Float(temperature)
    self.normalisation = normalisation
    self.penalty = Float(penalty)
    negativesByFrequency = json["negatives"]?.string == "by frequency"
    biasWeight = json["bias_weight"]?.number.map { Float($0) }
    epochs = json["epochs"]?.integer
    loss = json["loss"]?.string.flatMap(Objective.Negatives.init(rawValue:))
    guard json["objective"]?.string == "ials" else { return }
    guard let weight = json["unobserved_weight"]?.number, let strength = json["regularization"]?.number,
      let exponent = json["regularization_exponent"]?.number, weight > 0, strength > 0
    else { throw .malformed(part: "schema", reason: "its recipe is incomplete") }
    kind = .implicitALS(unobservedWeight: weight, regularization: strength, exponent: exponent)
  }
}
