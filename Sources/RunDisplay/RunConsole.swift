import DisplayText
import Glibc
import ParallelLoops
package import Pipeline
import Synchronization
import SystemFiles

/// Prints the messages of a run on standard error: plain lines; on a terminal also a line for each running stage, drawn
/// in place; or only what is wrong.
package final class RunConsole: Sendable {
  private struct State: Sendable {
    var rows: [StageRow] = []
    var live = LiveRows()
    var isOver = false
  }

  private let state = Mutex(State())
  private let isQuiet: Bool
  private let terminal: Terminal?
  /// The order of the stages.
  private let places: [String: Int]
  /// Columns of the longest name of a stage.
  private let width: Int
  private let start = ContinuousClock.now
  private let output = FileDescriptor(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))

  /// The pause between two drawings in which nothing happens but time.
  private static let pause: UInt32 = 200_000

  package init(stages: [String], isQuiet: Bool, terminal: Terminal? = .ofStandardError) {
    self.isQuiet = isQuiet
    self.terminal = isQuiet ? nil : terminal
    places = Dictionary(stages.enumerated().map { ($1, $0) }) { first, _ in first }
    width = stages.map(\.columns).max() ?? 0
    if self.terminal != nil { POSIXThread { [weak self] in Self.tick { self } }?.detach() }
  }

  /// Says a line for people.
  package func say(_ line: String) { if !isQuiet { write(line) } }

  /// Takes note of an event.
  package func observe(_ event: RunEvent) {
    let time = (ContinuousClock.now - start) / .seconds(1)
    switch event {
    case .started(let stage, _, _):
      draw { state in
        state.rows.removeAll { $0.stage == stage }
        state.rows.append(StageRow(stage: stage, start: time))
        state.rows.sort { (places[$0.stage] ?? 0) < (places[$1.stage] ?? 0) }
      }
    case .progress(let stage, let progress, let line):
      guard terminal != nil else { return say(line) }
      // It is drawn at the next tick, however often a stage says something.
      state.withLock { state in
        guard let place = state.rows.firstIndex(where: { $0.stage == stage }) else { return }
        state.rows[place].take(progress, at: time)
      }
    case .finished(let entry, let lastLines):
      draw { state in state.rows.removeAll { $0.stage == entry.stage } }
      // Who sees nothing else gets the words before the last, which the error has.
      if isQuiet, entry.result == "failed" { for line in lastLines.dropLast() { write("\(entry.stage): \(line)") } }
    case .warning(let stage, let text): if isQuiet { write(stage.map { "\($0): \(text)" } ?? text) }
    case .runStarted, .decided, .runFinished: break
    }
  }

  /// Takes the lines of running stages away. Lines may still be said.
  package func close() {
    draw { state in
      state.rows = []
      state.isOver = true
    }
  }

  private func write(_ line: String) {
    guard terminal != nil else { return StandardError.write(line: line) }
    // A carriage return or an escape sequence of a stage would disturb the picture.
    let lines = line.split(separator: "\n", omittingEmptySubsequences: false).map { $0.printable }
    draw(above: lines.map { "\($0)\n" }.joined()) { _ in }
  }

  private func draw(above text: String = "", _ change: (inout State) -> Void) {
    guard let terminal else { return }
    state.withLock { state in
      change(&state)
      let (columns, rows) = terminal.size
      let time = (ContinuousClock.now - start) / .seconds(1)
      // A window that is lower than the list shows its beginning.
      let shown = state.rows.prefix(max(rows - 2, 1))
      let plain = shown.map { $0.line(at: time, columns: columns - 1, width: width) }
      let lines =
        terminal.hasColours
        ? shown.map { $0.line(at: time, columns: columns - 1, width: width, colour: Self.colour) } : plain
      let bytes = state.live.draw(above: text, lines: lines, widths: plain.map(\.columns), columns: columns)
      // Nobody can be told that standard error is gone.
      if !bytes.isEmpty { try? ReaderOutput.write(Array(bytes.utf8), to: output.number) }
    }
  }

  private static func colour(_ bar: String) -> String { "\u{1b}[32m\(bar)\u{1b}[0m" }

  /// Draws again from time to time, as long as the console is there.
  private static func tick(_ console: () -> RunConsole?) {
    while let console = console(), !console.state.withLock({ $0.isOver }) {
      console.draw { _ in }
      usleep(pause)
    }
  }
}
