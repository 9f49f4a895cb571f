import Artifacts
import Servable

/// Prints answers as they come, as text or as one JSON array.
struct AnswerPrinter {
  private let json: Bool
  private var count = 0

  init(json: Bool) { self.json = json }

  mutating func take(_ answer: Servable.Answer) {
    if let basis = Self.unknown(answer.basis) {
      StandardError.write(line: "recommend: \"\(answer.query.printable)\" is unknown to the model; \(basis)")
    }
    if json {
      print(count == 0 ? "[" : ",", terminator: "\n")
      print(Self.json(answer).text, terminator: "")
    } else {
      print("\(answer.query.printable):")
      let rows = answer.recommendations.map { [decimals(Double($0.score), 4), $0.candidate.printable] }
      for line in Summary.grid([["", ""]] + rows).dropFirst() { print("  \(line)") }
    }
    count += 1
  }

  private static func unknown(_ basis: Servable.Basis) -> String? {
    switch basis {
    case .known, .history: nil
    case .popularity: "what is popular answers"
    case .untrained: "its untrained out-of-vocabulary row answers"
    }
  }

  func finish() {
    if json { print(count == 0 ? "[]" : "\n]") }
  }

  private static func json(_ answer: Servable.Answer) -> JSON {
    [
      "query": JSON(answer.query), "basis": JSON(answer.basis.rawValue),
      "recommendations": .array(
        answer.recommendations.map { ["candidate": JSON($0.candidate), "score": .number(shortest($0.score))] }),
    ]
  }

  /// The double that is spelt as the float is, so that readers see no digits that are not there.
  private static func shortest(_ score: Float) -> Double { Double("\(score)") ?? Double(score) }
}
