import JSON
import Servable

extension RecommendationAPI {
  func explain(_ parameters: Parameters) throws -> Work {
    try parameters.refuseOthers(than: Self.choosing + ["user", "history", "features", "candidate", "limit"])
    let (_, version) = try version(parameters)
    let candidate = try parameters.required("candidate")
    let limit = try parameters.number("limit", in: 1...100, or: 5)
    let (user, history) = (try parameters.text("user"), parameters.list("history"))
    let features = try features(parameters)
    guard [user != nil, !history.isEmpty, !features.isEmpty].count(where: { $0 }) == 1 else {
      throw RequestError.bad("give a user, a history or features, and one of them alone")
    }
    try checkNamed(history)
    guard features.isEmpty else {
      return work(version, searches: Self.scan) { servable in
        let explanation = try servable.explain(features: features, candidate: candidate)
        return JSONText.of { Self.write(explanation, of: candidate, to: &$0) }
      }
    }
    return work(version, searches: Self.scan) { servable in
      let known = servable.parted(history).known
      if known.isEmpty { try servable.require(history) }
      let explanation =
        if let user {
          try servable.explain(user, candidate: candidate, limit: limit)
        } else {
          try servable.explain(history: known, candidate: candidate, limit: limit)
        }
      return JSONText.of { Self.write(explanation, of: candidate, servable, to: &$0) }
    }
  }

  private static func write(
    _ explanation: Explanation?, of candidate: String, _ servable: Servable, to json: inout JSONText
  ) {
    json.raw("{\"candidate\":")
    json.string(candidate)
    guard let explanation else { return json.raw(",\"kind\":null,\"reasons\":[]}") }
    json.raw(",\"kind\":\"\(explanation.kind.rawValue)\",\"score\":")
    json.number(explanation.score)
    json.raw(",\"reasons\":")
    json.list(explanation.reasons) { json, reason in
      json.object([
        "candidate": { $0.string(reason.candidate) }, "name": { name(&$0, of: reason.candidate, servable) },
        "value": { $0.number(reason.value) },
      ])
    }
    for (name, value) in [
      ("others", explanation.others), ("popularity", explanation.popularity), ("remainder", explanation.remainder),
    ] {
      guard let value else { continue }
      json.raw(",\"\(name)\":")
      json.number(value)
    }
    json.raw("}")
  }

  /// Writes the terms of a score, one for each feature.
  private static func write(_ explanation: FeatureExplanation?, of candidate: String, to json: inout JSONText) {
    guard let explanation else {
      return json.object([
        "candidate": { $0.string(candidate) }, "kind": { $0.raw("null") }, "reasons": { $0.raw("[]") },
      ])
    }
    json.object([
      "candidate": { $0.string(candidate) }, "kind": { $0.string("features") },
      "score": { $0.number(explanation.score) }, "reasons": { $0.raw("[]") },
      "features": { json in
        json.list(explanation.terms) { json, term in
          json.object(["feature": { $0.string(term.feature) }, "value": { $0.number(term.value) }])
        }
      },
      "popularity": { $0.number(explanation.popularity) },
    ])
  }
}
