import Foundation
import Testing

@Suite("A run on a terminal")
struct LiveTests {
  private struct Seen: Decodable {
    let status: Int32
    let pictures: [[String]]
    let bytes: String

    /// The lines of running stages that each picture has, those of `stage` alone.
    func rows(_ stage: String) -> [[String]] {
      pictures.map { $0.filter { $0.contains("       \(stage)  ") && !$0.contains("|") && !$0.contains("MB") } }
    }
  }

  /// Runs two stages at once, one of which warns, in a window of 100 columns that becomes one of `resized`.
  private func see(
    resized: Int, _ arguments: [String], environment: [String: String] = [:], pause: Double = 0.05
  ) throws -> Seen {
    let workshop = try Workshop()
    try workshop.pipeline([
      ("left", [:], "mode: steps, count: 8, rate: \(1.25 * pause)"),
      ("right", [:], "mode: steps, count: 8, rate: \(pause)"),
    ])
    let result = try workshop.run(
      "/usr/bin/env",
      [
        "python3", "\(Workshop.package)/Tests/PipelineTests/Fixtures/terminal.py", "100", "30", "\(resized)",
        Workshop.runner, "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", "--jobs", "2", "--cpus", "2",
      ] + arguments, environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 })
    #expect(result.status == 0, "\(result.error)")
    return try JSONDecoder().decode(Seen.self, from: Data(result.output.utf8))
  }

  @Test("shows each running stage in one line, drawn in place, also in a window that becomes narrower")
  func sideBySide() throws {
    let seen = try see(resized: 60, [], pause: 0.2)
    #expect(seen.status == 0)
    for stage in ["left ", "right"] {
      let rows = seen.rows(stage)
      #expect(rows.allSatisfy { $0.count <= 1 }, "\(rows)")
      #expect(rows.contains { $0.first?.contains("█") == true && $0.first?.contains(" left  epoch ") == true })
      #expect(rows.last == [])
    }
    #expect(zip(seen.rows("left "), seen.rows("right")).contains { !$0.isEmpty && !$1.isEmpty })
    // The picture is as wide as the window, and the lines of both sizes were drawn.
    #expect(seen.pictures.contains { $0.contains { $0.contains("████") && $0.count > 60 } })
    #expect(seen.bytes.contains("\u{1b}[32m"))
    // What a stage warns of stands above, once and harmless; steps are in the log alone.
    let last = try #require(seen.pictures.last).joined()
    #expect(last.components(separatedBy: "| note: warning: \\u{1b}[31mthe weights are odd").count == 3, "\(last)")
    #expect(last.contains("made   left") && last.contains("made   right") && !last.contains("epoch"), "\(last)")
  }

  @Test("has no colours if NO_COLOR is set, and plain lines where nothing can be drawn or --quiet is given")
  func plain() throws {
    let grey = try see(resized: 100, [], environment: ["NO_COLOR": "1"])
    #expect(grey.rows("left ").contains { !$0.isEmpty } && !grey.bytes.contains("\u{1b}[32m"))
    let dumb = try see(resized: 100, [], environment: ["TERM": "dumb"])
    #expect(dumb.bytes.contains("left   | note: epoch 3 of 8: loss 6\r\n") && !dumb.bytes.contains("\u{1b}[1A"))
    let quiet = try see(resized: 100, ["--quiet"])
    #expect(quiet.bytes.hasPrefix("left: note: warning: ") || quiet.bytes.hasPrefix("right: note: warning: "))
    #expect(quiet.bytes.split(separator: "\r\n").count == 3, "\(quiet.bytes)")
  }
}
