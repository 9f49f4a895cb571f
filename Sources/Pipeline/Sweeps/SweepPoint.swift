/// A combination of a sweep: a pipeline that was checked with its values.
package struct SweepPoint: Sendable {
  /// The values, such as "train.epochs=1 train.seed=2".
  package let words: String
  package let loaded: PipelineLoader.Loaded

  package init(words: String, _ loaded: PipelineLoader.Loaded) {
    self.words = words
    self.loaded = loaded
  }
}

/// The outcome of a combination.
package struct SweepOutcome: Sendable {
  /// `nil` if it failed before it began.
  package var run: String?
  package var failure: String?
}

/// Reports the combinations of a sweep, whose numbers begin with 1. It is called from any thread.
package struct SweepReporter: Sendable {
  let say: @Sendable (_ line: String) -> Void
  private let observe: @Sendable (RunEvent) -> Void
  /// The number of combinations; `nil` if lines need no number, since combinations run one after another.
  private let count: Int?

  /// - Parameter count: the number of combinations, if several may run at a time.
  package init(
    numbering count: Int?, say: @escaping @Sendable (String) -> Void, observe: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.say = say
    self.observe = observe
    self.count = count
  }

  /// The text before each line, and each stage's name, that is about a combination.
  private static func margin(_ number: Int, of count: Int?) -> String {
    count.map { "[\(number)]".padded(to: "\($0)".count + 3) } ?? ""
  }

  /// The names by which the stages of `count` combinations are shown; of one if `nil`.
  package static func names(_ stages: [String], numbering count: Int?) -> [String] {
    guard let count else { return stages }
    return (1...max(count, 1)).flatMap { number in stages.map { margin(number, of: count) + $0 } }
  }

  func begins(_ number: Int, of count: Int, _ point: SweepPoint) { say("run \(number) of \(count): \(point.words)") }

  func ended(_ point: SweepPoint, _ outcome: SweepOutcome) {
    guard let failure = outcome.failure else { return }
    let line = "runner: \(point.words): \(failure)"
    say(line)
    observe(.warning(stage: nil, text: line))
  }

  /// Returns a callback that says the lines of a combination's run.
  func say(of number: Int) -> @Sendable (String) -> Void {
    let (say, margin) = (say, Self.margin(number, of: count))
    return { text in
      say(text.split(separator: "\n", omittingEmptySubsequences: false).map { margin + $0 }.joined(separator: "\n"))
    }
  }

  func observe(of number: Int) -> @Sendable (RunEvent) -> Void {
    let (observe, margin) = (observe, Self.margin(number, of: count))
    return { observe($0.after(margin)) }
  }
}
