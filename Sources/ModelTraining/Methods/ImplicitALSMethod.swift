import ArgumentParser
package import Interactions
import StageKit
import Tables
package import TwoTower

/// Training by implicit alternating least squares; its sweeps are the epochs.
package struct ImplicitALSMethod: TrainingMethod {
  package static let objective = MethodName.ials
  package static let dimension = 128
  package static let epochs = 8
  package static let hasBatches = false

  @Option(
    help: ArgumentHelp(
      "ials: weight of all pairs, chosen or not, towards score 0, as a multiple of the chosen ones' weight.",
      valueName: "number")
  )
  var unobservedRatio = RelativeObjective().unobservedRatio

  @Option(
    help: ArgumentHelp("ials: weight of every single pair towards score 0, in place of the ratio.", valueName: "number")
  )
  var unobservedWeight: Double?

  @Option(
    help: ArgumentHelp("ials: penalty on squared embeddings, times their row's frequency.", valueName: "number"))
  var regularization = RelativeObjective().regularization

  @Option(help: ArgumentHelp("ials: exponent of that frequency.", valueName: "number"))
  var regularizationExponent = RelativeObjective().exponent

  package init() {}

  package func validate() throws {
    if let unobservedWeight, unobservedWeight <= 0 {
      throw ValidationError("--unobserved-weight is \(unobservedWeight); give a number above 0")
    }
    if unobservedRatio <= 0 {
      throw ValidationError("--unobserved-ratio is \(unobservedRatio); give a number above 0")
    }
    if regularization <= 0 {
      throw ValidationError("--regularization is \(regularization); give a number above 0")
    }
    if !(0...2 ~= regularizationExponent) {
      throw ValidationError("--regularization-exponent is \(regularizationExponent); give a number from 0 to 2")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = ImplicitALS.Settings()
    settings.relative = relative
    settings.length = common.length
    settings.threads = common.threads
    let model = Model(
      initialising: vocabularies, dimension: common.dimension, seed: common.seed, from: .normal)
    return try ImplicitALS(model, pairs: pairs, settings: settings)
  }

  private var relative: RelativeObjective {
    var relative = RelativeObjective()
    relative.unobservedRatio = unobservedRatio
    relative.unobservedWeight = unobservedWeight
    relative.regularization = regularization
    relative.exponent = regularizationExponent
    return relative
  }
}
