import ModelVersions
import Servable

extension ServedVersion {
  /// `true` if the model predicts ratings beside scores.
  var predictsRatings: Bool { servable.ratingColumn != nil }

  /// The features that requests with named tensors may give; none if one has the name of another input.
  var namedFeatures: [QueryFeature] {
    let taken = ["queries", "exclusions"]
    return queryFeatures.contains { taken.contains($0.name) } ? [] : queryFeatures
  }
}

extension [String: [String]] {
  /// Adds the value of a feature, unless it stands for a missing one: NaN for numbers, "" for texts.
  mutating func add(_ value: String, of feature: QueryFeature) {
    guard feature.kind == .number ? Double(value).map({ !$0.isNaN }) ?? true : !value.isEmpty else { return }
    self[feature.name, default: []].append(value)
  }
}
