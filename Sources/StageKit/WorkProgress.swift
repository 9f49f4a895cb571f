import DisplayText

/// Says how far long work is and how long it still takes, a line at a time, since the runner shows lines alone. What is done
/// within seconds is not told.
package struct WorkProgress {
  private let parts: Int
  private let say: (String) -> Void
  private let start = ContinuousClock.now
  private var told: ContinuousClock.Instant

  private static let patience = Duration.seconds(3)

  /// - Parameters:
  ///   - parts: of the work, of which each takes about as long.
  ///   - say: takes a line.
  package init(parts: Int, say: @escaping (String) -> Void) {
    self.parts = parts
    self.say = say
    told = start
  }

  /// - Parameters:
  ///   - done: parts that are finished.
  ///   - text: what is finished; asked for only when it is said.
  package mutating func finished(_ done: Int, _ text: @autoclosure () -> String) {
    let now = ContinuousClock.now
    guard done > 0, done < parts, now - told > Self.patience else { return }
    told = now
    let seconds = (now - start) / .seconds(1)
    let left = seconds / Double(done) * Double(parts - done)
    say("\(text()) in \(decimals(seconds, 0)) s; about \(decimals(left, 0)) s left")
  }
}
