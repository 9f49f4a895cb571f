package import Features
import Interactions
import TwoTower

extension DeclaredFeatures {
  /// Lines for people about features of queries and of their context that a training makes no use of. Those of candidates
  /// are for `cold-start` too, whatever the training.
  package func unread(by method: any TrainingMethod) -> [String] {
    var lines: [String] = []
    if !query.isEmpty, !method.sidesWithFeatures.contains(.query) {
      lines.append(Self.line("query-features", query, "unknown queries are not answered by them", method))
    }
    if !context.isEmpty, !method.readsContext {
      lines.append(Self.line("context-features", context, "answers are the same in every context", method))
    }
    return lines
  }

  private static func line(
    _ param: String, _ features: FeatureSet, _ consequence: String, _ method: any TrainingMethod
  ) -> String {
    let objective = type(of: method).objective
    let reader = objective == .softmax ? "query-tower=id" : "objective=\(objective.rawValue)"
    let remedy = (objective == .softmax ? "" : "objective=softmax and ") + "query-tower=sum or concat"
    let names = features.features.map(\.declaration.text).joined(separator: "; ")
    return "warning: \(param) (\(names)) are declared, and \(reader) does not read them, so \(consequence); train with "
      + "\(remedy), or leave \(param) out of vocab"
  }
}
