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
    guard user != nil || !history.isEmpty || !features.isEmpty else {
      throw RequestError.bad("give a user, a history or features")
    }
    guard history.isEmpty || user == nil && features.isEmpty else {
      throw RequestError.bad("give a history alone, or a user, features or both")
    }
    try checkNamed(history)
    return work(version, searches: Self.scan) { servable in
      let asker: Asker
      if let user {
        asker = .query(user, features: features)
      } else if !features.isEmpty {
        asker = .features(features)
      } else {
        let known = servable.parted(history).known
        if known.isEmpty { try servable.require(history) }
        asker = .history(known)
      }
      let explained = try servable.explain(to: asker, candidate: candidate, limit: limit)
      return JSONText.of { Self.write(explained, of: candidate, servable, to: &$0) }
    }
  }

  private static func write(
    _ explained: ExplainedScore?, of candidate: String, _ servable: Servable, to json: inout JSONText
  ) {
    switch explained {
    case .history(let explanation): write(explanation, of: candidate, servable, to: &json)
    case .features(let explanation): write(explanation, of: candidate, to: &json)
    case .newCandidate(let explanation): write(explanation, of: candidate, to: &json)
    case nil:
      json.object([
        "candidate": { $0.string(candidate) }, "kind": { $0.raw("null") }, "reasons": { $0.raw("[]") },
      ])
    }
  }

  private static func write(
    _ explanation: Explanation, of candidate: String, _ servable: Servable, to json: inout JSONText
  ) {
    json.raw("{\"candidate\":")
    json.string(candidate)
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

  /// Writes the terms of a score: of the query itself where it has a part, and one for each feature.
  private static func write(_ explanation: FeatureExplanation, of candidate: String, to json: inout JSONText) {
    var members: [(String, (inout JSONText) -> Void)] = [
      ("candidate", { $0.string(candidate) }), ("kind", { $0.string("features") }),
      ("score", { $0.number(explanation.score) }), ("reasons", { $0.raw("[]") }),
    ]
    if let query = explanation.query { members.append(("query", { $0.number(query) })) }
    members += [
      (
        "features",
        { json in
          json.list(explanation.terms) { json, term in
            json.object(["feature": { $0.string(term.feature) }, "value": { $0.number(term.value) }])
          }
        }
      ), ("popularity", { $0.number(explanation.popularity) }),
    ]
    json.members(members) { json, write in write(&json) }
  }

  /// Writes the terms of a new candidate's score.
  private static func write(
    _ explanation: NewCandidateExplanation, of candidate: String, to json: inout JSONText
  ) {
    var members: [(String, (inout JSONText) -> Void)] = [
      ("candidate", { $0.string(candidate) }), ("kind", { $0.string("candidate-features") }),
      ("score", { $0.number(explanation.score) }), ("reasons", { $0.raw("[]") }),
    ]
    if let mean = explanation.mean { members.append(("mean", { $0.number(mean) })) }
    members.append(
      (
        "features",
        { json in
          json.list(explanation.terms) { json, term in
            json.object([
              "feature": { $0.string(term.feature) }, "name": { $0.string(term.name) },
              "value": { $0.number(term.value) },
            ])
          }
        }
      ))
    if let first = explanation.firstInteractions {
      members.append(
        (
          "first_interactions",
          { json in json.object(["count": { $0.raw("\(first.count)") }, "value": { $0.number(first.value) }]) }
        ))
    }
    members += [
      ("popularity", { $0.number(explanation.popularity) }), ("remainder", { $0.number(explanation.remainder) }),
    ]
    json.members(members) { json, write in write(&json) }
  }
}
