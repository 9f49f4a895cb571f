import Artifacts

/// Says how far judging is where it takes long, a line at a time, since the runner shows lines alone.
struct JudgingProgress {
  private let parts: Int
  private let say: (String) -> Void
  private let start = ContinuousClock.now
  private var done = 0
  private var told: ContinuousClock.Instant

  /// What is done within it is not told.
  private static let patience = Duration.seconds(3)

  /// - Parameter parts: models to be judged, and the intervals at the end.
  init(parts: Int, say: @escaping (String) -> Void) {
    self.parts = parts
    self.say = say
    told = start
  }

  /// - Parameter name: of the model that was judged.
  mutating func finished(_ name: String) {
    done += 1
    let now = ContinuousClock.now
    guard now - told > Self.patience, done < parts else { return }
    told = now
    let seconds = (now - start) / .seconds(1)
    let left = seconds / Double(done) * Double(parts - done)
    say(
      "judged \(done) of \(parts - 1) models, the last \(name), in \(decimals(seconds, 0)) s; about \(decimals(left, 0)) s left"
    )
  }
}
