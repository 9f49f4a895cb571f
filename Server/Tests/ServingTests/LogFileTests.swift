import Foundation
import Serving
import Testing

@Suite("The log file", .timeLimit(.minutes(1))) struct LogFileTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)")

  private func path(_ name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent(name).path
  }

  @Test("has all lines in order, and is reopened if it was moved") func reopened() throws {
    let path = try path("log")
    let log = try LogFile(path: path)
    for number in 0..<1_000 { log.write(Array("\(number)\n".utf8)) }
    log.finish(within: .seconds(10))
    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    log.write(Array("old\n".utf8))
    log.finish(within: .seconds(10))
    try log.reopen()
    log.write(Array("new\n".utf8))
    log.finish(within: .seconds(10))
    let before = try String(contentsOfFile: path + ".1", encoding: .utf8)
    #expect(before == (0..<1_000).map { "\($0)\n" }.joined() + "old\n")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new\n")
    #expect(log.linesLost == 0)
  }

  @Test("is kept open if it cannot be reopened") func notReopened() throws {
    let path = try path("log")
    let log = try LogFile(path: path)
    try FileManager.default.removeItem(at: folder)
    #expect(throws: ServingError.self) { try log.reopen() }
    log.write(Array("lost to sight, not to us\n".utf8))
    log.finish(within: .seconds(10))
    #expect(log.linesLost == 0)
  }

  @Test("drops and counts lines on a full disk") func full() throws {
    let log = try LogFile(path: "/dev/full")
    for _ in 0..<10 { log.write(Array("a line\n".utf8)) }
    log.finish(within: .seconds(10))
    #expect(log.linesLost == 10)
  }

  @Test("never blocks requests if nobody reads it") func unread() throws {
    let path = try path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    // Kept open, never read.
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let log = try LogFile(path: path)
    let line = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
    for _ in 0..<20_000 { log.write(line) }
    #expect(log.linesLost > 10_000)
    log.finish(within: .milliseconds(10))
  }
}
