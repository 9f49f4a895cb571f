import DisplayText
package import Pipeline

/// The line of a running stage: its name, a bar, and how long it took and still takes.
package struct StageRow: Sendable {
  let stage: String
  /// Seconds since the run began, as all times here.
  let start: Double
  private var progress: StageProgress?
  private var told = 0.0

  package init(stage: String, start: Double) {
    self.stage = stage
    self.start = start
  }

  package mutating func take(_ progress: StageProgress, at time: Double) {
    self.progress = progress
    told = time
  }

  /// The time that the stage still takes: by its own words, or as long for each part as until now.
  func secondsLeft(at time: Double) -> Double? {
    guard let progress else { return nil }
    if let left = progress.secondsLeft { return max(left - (time - told), 0) }
    guard let share = progress.share, share > 0 else { return nil }
    return max((told - start) / share * (1 - share) - (time - told), 0)
  }

  /// - Parameters:
  ///   - columns: the line never has more.
  ///   - width: that of the longest name.
  ///   - colour: makes the bar's text coloured, or leaves it.
  package func line(
    at time: Double, columns: Int, width: Int, colour: (String) -> String = { $0 }
  ) -> String {
    let name = stage.fitted(to: min(width, max(columns / 3, 8)))
    let head = "       \(name + String(repeating: " ", count: max(0, width - name.columns)))  "
    let cells = columns >= 80 ? 20 : columns >= 50 ? 10 : 0
    let bar = cells > 0 && progress?.share != nil ? Self.bar(progress?.share ?? 0, cells) + " " : ""
    let share = progress?.share.map { percent in
      let text = decimals((percent * 100).rounded(.down), 0)
      return "\(String(repeating: " ", count: max(0, 3 - text.count)))\(text) %  "
    }
    let left = secondsLeft(at: time).map { ", \(Self.clock($0)) left" } ?? ""
    let times = "\(Self.clock(time - start))\(left)"
    let numbers = "\(share ?? "")\(times)"
    let room = columns - head.columns - bar.columns - numbers.columns
    guard room >= 0 else { return "\(name) \(numbers)".fitted(to: columns) }
    let words = progress.map { "  \($0.text.printable)" } ?? ""
    // Of fewer columns nobody reads anything.
    return head + (bar.isEmpty ? "" : colour(bar)) + numbers + (room < 10 ? "" : words.fitted(to: room))
  }

  static func bar(_ share: Double, _ cells: Int) -> String {
    let full = Int((share * Double(cells)).rounded(.down))
    return String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
  }

  /// "1:02:03", and "0:07" of less than a minute.
  static func clock(_ seconds: Double) -> String {
    let seconds = Int(max(0, min(seconds, 1e8)))
    let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
  }
}
