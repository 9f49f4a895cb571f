import Evaluation
import Features
import Interactions
import StageKit
import TwoTower

extension EvaluateStage {
  /// The candidates by the features of the input `vocabularies`; `nil` where they have none.
  ///
  /// - Throws: `EvaluationError.otherCandidates`, or `FeatureError.notEncoded`.
  func candidateFeatures(model: Model, other: Model?, _ context: StageContext) throws -> CandidateFeatures? {
    guard let file = try context.optionalInput("vocabularies") else { return nil }
    guard let encoded = try EncodedVocabulary(.candidate, of: file) else {
      context.note("the vocabularies hold no features of candidates, so that no baseline reads any")
      return nil
    }
    return try CandidateFeatures(encoded, of: Vocabularies(file).candidate, model: model, other: other)
  }

  /// The baselines that are measured.
  func plan(_ sizes: EvaluationSizes, _ features: CandidateFeatures?) -> BaselinePlan {
    var sizes = sizes
    sizes.featureValues = features?.valueCount ?? 0
    return BaselinePlan(baselines, gate: Baseline(rawValue: gate.gateBeat), sizes: sizes)
  }
}
