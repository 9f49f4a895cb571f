import Artifacts
import SystemFiles
import TestKit
import Testing

@testable import Monitoring

@Suite struct EventLogTests {
  /// `Scripts/reference/tensorboard_events.py --fixed-case`: what TensorBoard's own writer makes of two events.
  private static let fixedCase =
    "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe94700000000000000bac3fb9b0900006040fc54"
    + "d94110ac022a390a1a0a1362617463682f6c6f73735f7065725f7061697215000008410a1b0a1476616c69646174696f6e2f726563616c6c"
    + "403230150000803e184e5761"

  @Test("events have the bytes that TensorBoard's own writer gives")
  func fixedCase() {
    let events =
      EventLog.record(EventLog.event(at: 1_700_000_000.25, step: 0, version: "brain.Event:2"))
      + EventLog.record(
        EventLog.event(
          at: 1_700_000_001.5, step: 300,
          values: [("batch/loss_per_pair", 8.5), ("validation/recall@20", 0.25)]))
    let hexadecimal = events.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    #expect(hexadecimal == Self.fixedCase)
  }

  @Test("a log begins with its version, grows by one record per step, and creates its folder")
  func file() throws {
    let scratch = try Scratch()
    let log = try EventLog(folder: scratch.file("runs/first"))
    try log.add([("loss", 1)], step: 1)
    let names = try Files.list(scratch.file("runs/first"))
    #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents."))
    let path = scratch.file("runs/first/\(names[0])")
    let before = try Files.read(path)
    try log.add([("loss", 0.5)], step: 2)
    let after = try Files.read(path)
    #expect(Array(after.prefix(before.count)) == before && after.count - before.count == 8 + 4 + 26 + 4)
  }

  @Test("an error names the folder that cannot be created")
  func noFolder() throws {
    let scratch = try Scratch()
    let path = try scratch.write([], to: "file")
    #expect(throws: FileError.self) { _ = try EventLog(folder: path + "/below") }
    #expect(throws: FileError.self) { _ = try EventLog(folder: path) }
  }
}
