import Foundation
import Testing

@testable import Pipeline

@Suite("The log of a stage")
struct RunLogTests {
  private let path = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)").path

  @Test("keeps head and tail of long output")
  func capped() throws {
    let log = try RunLog(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let line = String(repeating: "x", count: 1023) + "\n"
    log.write(line: "first")
    for _ in 0..<20_000 { log.take(Array(line.utf8)) }
    log.take(Array("\nlast\n".utf8))
    #expect(log.lastLines.count == RunLog.keptLines && log.lastLines.last == "last")
    try log.close()
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasPrefix("first\n"))
    #expect(text.hasSuffix("last\n"))
    #expect(text.contains("bytes are left out here]"))
    #expect(text.utf8.count < RunLog.headLimit + 2 * RunLog.tailLimit + 100)
  }

  @Test("is never overwritten")
  func exclusive() throws {
    let log = try RunLog(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try log.close()
    #expect(throws: (any Error).self) { try RunLog(path: path) }
  }

  @Test("is split into lines for the terminal, long ones into pieces")
  func lines() {
    var splitter = LineSplitter()
    var lines: [String] = []
    for part in ["one\ntw", "o\n\n", "th", "ree"] {
      splitter.take(Array(part.utf8)) { lines.append($0) }
    }
    splitter.flush { lines.append($0) }
    #expect(lines == ["one", "two", "three"])
    lines = []
    splitter.take(Array(String(repeating: "y", count: 10_000).utf8)) { lines.append($0) }
    splitter.flush { lines.append($0) }
    #expect(lines.map(\.count) == [4096, 4096, 1808])
  }
}
