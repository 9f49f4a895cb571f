import Artifacts
import DisplayText
import Evaluation
import ModelTraining

extension SearchOutcome {
  /// A fact for people: whether the recipe reads features, and what the best trials with and without them have. `nil`
  /// where no trial read any.
  var featuresFact: Summary.Item? {
    let reading = trials.filter { !$0.params.sidesWithFeatures.isEmpty }
    guard let first = reading.first else { return nil }
    let without = trials.first { $0.params.family == first.params.family && $0.params.sidesWithFeatures.isEmpty }
    let values = [first, without].compactMap(\.self).map { trial in
      let sides = trial.params.sidesWithFeatures.map { "\(TrialParams.tower($0)) sum" }
      return "\(sides.isEmpty ? "by ids alone" : "with \(sides.joined(separator: ", "))") \(value(of: trial))"
    }
    let verdict = readsFeatures ? "read by the recipe" : "not read by the recipe"
    return .fact("features", "\(verdict); the best \(first.params.family.rawValue) \(values.joined(separator: ", "))")
  }

  /// `true` if a model of the recipe has a tower with features.
  private var readsFeatures: Bool {
    let all = ensemble?.recipe?.members.map(\.params) ?? [params]
    return all.contains { !TrialParams(family: .softmax, params: $0).sidesWithFeatures.isEmpty }
  }

  private func value(of trial: TrialOutcome) -> String {
    guard let best = trial.best else { return "failed" }
    return "\(decimals(best.estimate.value, 4)) in round \(trial.round + 1)"
  }
}
