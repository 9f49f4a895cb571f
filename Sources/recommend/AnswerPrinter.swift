import Artifacts
import CanonicalJSON
import DisplayText
import Servable
import SystemFiles

/// Prints recommendations query by query, as text or as one JSON array.
struct AnswerPrinter {
  private let servable: Servable
  private let json: Bool
  private var count = 0

  init(_ servable: Servable, json: Bool) {
    self.servable = servable
    self.json = json
  }

  /// - Parameters:
  ///   - features: those that the answer was asked with.
  ///   - explanations: one for each recommendation, or none at all.
  mutating func take(
    _ answer: Servable.Answer, features: [String: [String]], explanations: [ExplainedScore?]
  ) throws {
    let ratings = try servable.ratings(of: answer, features: features)
    if let basis = Self.unknown(answer.basis) {
      StandardError.write(line: "recommend: \"\(answer.query.printable)\" is unknown to the model; \(basis)")
    }
    if json {
      print(count == 0 ? "[" : ",", terminator: "\n")
      print(json(answer, ratings, explanations.map { $0.map(Self.json) ?? .null }).text, terminator: "")
    } else {
      print("\(answer.query.printable):")
      let rows = answer.recommendations.enumerated().map { place, recommendation in
        [decimals(Double(recommendation.score), 4)]
          + (ratings.map { ["\(servable.ratingColumn ?? "rating") \(decimals(Double($0[place]), 2))"] } ?? [])
          + [recommendation.candidate.printable]
          + (servable.name(of: recommendation.candidate).map { [$0.printable] } ?? [])
      }
      for (place, line) in alignedColumns([["", ""]] + rows).dropFirst().enumerated() {
        print("  \(line)")
        if place < explanations.count, let explanation = explanations[place] {
          for reason in lines(explanation, of: answer.recommendations[place].candidate) { print("      \(reason)") }
        }
      }
    }
    count += 1
  }

  private static func unknown(_ basis: Servable.Basis) -> String? {
    switch basis {
    case .known, .history, .features: nil
    case .popularity: "popular items are recommended"
    case .untrained: "its untrained out-of-vocabulary row is used"
    }
  }

  func finish() {
    if json { print(count == 0 ? "[]" : "\n]") }
  }

  private func lines(_ explained: ExplainedScore, of candidate: String) -> [String] {
    switch explained {
    case .features(let explanation): Self.lines(explanation)
    case .history(let explanation): lines(explanation, of: candidate)
    case .newCandidate(let explanation): Self.lines(explanation)
    }
  }

  private func lines(_ explanation: Explanation, of candidate: String) -> [String] {
    var parts = explanation.reasons.map {
      (
        value: $0.value,
        name: $0.candidate == candidate ? "itself, as it was chosen before" : servable.title(of: $0.candidate).printable
      )
    }
    if let others = explanation.others, others != 0 { parts.append((others, "the rest of the history")) }
    if let popularity = explanation.popularity, popularity != 0 { parts.append((popularity, "popularity")) }
    if let remainder = explanation.remainder, abs(remainder) >= Self.leastShown {
      parts.append((remainder, "not of the history"))
    }
    return parts.map { part in
      explanation.kind == .contributions
        ? Self.line(part.value, part.name) : "similar \(decimals(Double(part.value), 4))  \(part.name)"
    }
  }

  private static func lines(_ explanation: FeatureExplanation) -> [String] {
    (explanation.query.map { [line($0, "the query itself")] } ?? [])
      + explanation.terms.filter { $0.value != 0 }.map { line($0.value, $0.feature) }
      + (explanation.popularity == 0 ? [] : [line(explanation.popularity, "popularity")])
  }

  private static func lines(_ explanation: NewCandidateExplanation) -> [String] {
    var lines = explanation.terms.filter { $0.value != 0 }.map { line($0.value, $0.name.printable) }
    if let mean = explanation.mean { lines.append(line(mean, "what every new item has")) }
    if let first = explanation.firstInteractions {
      lines.append(
        line(first.value, first.count == 1 ? "its first interaction" : "its first \(first.count) interactions"))
    }
    if explanation.popularity != 0 { lines.append(line(explanation.popularity, "popularity")) }
    if abs(explanation.remainder) >= leastShown { lines.append(line(explanation.remainder, "rounding of the index")) }
    return lines
  }

  /// The least remainder that four decimals show.
  private static let leastShown: Float = 0.00005

  /// A term of a sum.
  private static func line(_ value: Float, _ name: String) -> String {
    "\(value < 0 ? "" : "+")\(decimals(Double(value), 4))  \(name)"
  }

  private static func json(_ explained: ExplainedScore) -> JSON {
    switch explained {
    case .features(let explanation): json(explanation)
    case .history(let explanation): json(explanation)
    case .newCandidate(let explanation): json(explanation)
    }
  }

  private static func json(_ explanation: FeatureExplanation) -> JSON {
    var fields: [String: JSON] = [
      "kind": "features", "popularity": JSON(explanation.popularity),
      "features": .array(explanation.terms.map { ["feature": JSON($0.feature), "value": JSON($0.value)] }),
    ]
    if let query = explanation.query { fields["query"] = JSON(query) }
    return .object(fields)
  }

  private static func json(_ explanation: NewCandidateExplanation) -> JSON {
    var fields: [String: JSON] = [
      "kind": "candidate-features", "popularity": JSON(explanation.popularity),
      "features": .array(
        explanation.terms.map {
          ["feature": JSON($0.feature), "name": JSON($0.name), "value": JSON($0.value)]
        }), "remainder": JSON(explanation.remainder),
    ]
    if let mean = explanation.mean { fields["mean"] = JSON(mean) }
    if let first = explanation.firstInteractions {
      fields["first_interactions"] = ["count": JSON(first.count), "value": JSON(first.value)]
    }
    return .object(fields)
  }

  private static func json(_ explanation: Explanation) -> JSON {
    var fields: [String: JSON] = [
      "kind": JSON(explanation.kind.rawValue),
      "reasons": .array(
        explanation.reasons.map { ["candidate": JSON($0.candidate), "value": JSON($0.value)] }),
    ]
    for (name, value) in [
      ("others", explanation.others), ("popularity", explanation.popularity), ("remainder", explanation.remainder),
    ] { if let value { fields[name] = JSON(value) } }
    return .object(fields)
  }

  private func json(_ answer: Servable.Answer, _ ratings: [Float]?, _ explanations: [JSON]) -> JSON {
    [
      "query": JSON(answer.query), "basis": JSON(answer.basis.rawValue),
      "recommendations": .array(
        answer.recommendations.enumerated().map { place, recommendation in
          var fields: [String: JSON] = [
            "candidate": JSON(recommendation.candidate), "score": JSON(recommendation.score),
          ]
          if let name = servable.name(of: recommendation.candidate) { fields["name"] = JSON(name) }
          if let ratings { fields["rating"] = JSON(ratings[place]) }
          if place < explanations.count { fields["explanation"] = explanations[place] }
          return .object(fields)
        }),
    ]
  }
}
