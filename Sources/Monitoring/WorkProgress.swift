import Artifacts
import DisplayText

/// Says how far long work is and how long it still takes, one line at a time, since the runner shows nothing else. Work
/// that is done within seconds says nothing.
package struct WorkProgress {
  private let parts: Int
  private let say: (String) -> Void
  private let start = ContinuousClock.now
  private var lastLine: ContinuousClock.Instant

  private static let interval = Duration.seconds(3)

  /// - Parameters:
  ///   - parts: number of parts of the work, each of which takes about as long.
  ///   - say: called with each line.
  package init(parts: Int, say: @escaping (String) -> Void) {
    self.parts = parts
    self.say = say
    lastLine = start
  }

  /// - Parameters:
  ///   - done: number of parts that are finished.
  ///   - text: says what is finished; evaluated only when it is shown.
  package mutating func finished(_ done: Int, _ text: @autoclosure () -> String) {
    let now = ContinuousClock.now
    guard done > 0, done < parts, now - lastLine > Self.interval else { return }
    lastLine = now
    let seconds = (now - start) / .seconds(1)
    let left = seconds / Double(done) * Double(parts - done)
    say("\(text()) in \(decimals(seconds, 0)) s; about \(decimals(left, 0)) s left")
  }
}
