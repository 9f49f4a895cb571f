import DisplayText
import Glibc

/// A progress bar on a terminal: one line that says how far work is and how long it still takes. It shows nothing if
/// standard error is not a terminal.
package final class ProgressBar {
  private let isShown = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?

  package init() {}

  /// - Parameters:
  ///   - share: share of the work that is done, 0 to 1.
  ///   - text: called only when the bar is shown.
  package func update(_ share: Double, _ text: (_ seconds: Double) -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let last, now - last < .milliseconds(100) { return }
    last = now
    let seconds = (now - start) / .seconds(1)
    let cells = Int((share * 20).rounded())
    let bar = String(repeating: "█", count: cells) + String(repeating: "░", count: max(20 - cells, 0))
    let left = share > 0.01 ? ", \(Int((seconds / share - seconds).rounded())) s left" : ""
    write("\r\u{1b}[2K\(bar) \(decimals(share * 100, 0)) % \(text(seconds))\(left)")
  }

  /// Removes the bar.
  package func clear() {
    if last != nil { write("\r\u{1b}[2K") }
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
