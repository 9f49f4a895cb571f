import CanonicalJSON
import Foundation
import Testing

@Suite("Events of a run as JSON")
struct EventTests {
  private func events(_ result: Workshop.Result) throws -> [JSON] {
    try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
  }

  private func names(_ events: [JSON]) -> [String] { events.compactMap { $0["event"]?.string } }

  @Test("tell of each stage from its decision to its digests, and how the run ended")
  func events() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: steps, count: 2, rate: 0.01"), ("t", ["a": "s.out"], "")])
    let result = try workshop.runner("pipeline.yaml", "--json")
    #expect(result.status == 0, "\(result.error)")
    let events = try events(result)
    #expect(
      names(events) == [
        "run_started", "stage_decided", "stage_started", "progress", "progress", "warning", "stage_finished",
        "stage_decided", "stage_started", "stage_finished", "run_finished",
      ])
    let record = try workshop.record()
    let run = try #require(workshop.list("artifacts/runs").last)
    #expect(events[0]["run"]?.string == run && events[0]["stages"] == ["s", "t"])
    #expect(events[1]["decision"]?.string == "run" && events[1]["reason"]?.string == "never made")
    #expect(events[2]["attempt"] == 1 && events[2]["log"]?.string == record.stages[0].log)
    #expect(events[3]["share"]?.number == 0.5 && events[3]["text"]?.string == "epoch 1 of 2: loss 8")
    #expect(events[5]["text"]?.string == "note: warning: \u{1b}[31mthe weights are odd")
    let finished = events[6]
    #expect(finished["result"]?.string == "made" && finished["exit_code"] == 0 && finished["signal"] == .null)
    #expect(finished["outputs"]?["out"]?.string == record.stages[0].outputs["out"]?.digest)
    #expect((finished["peak_bytes"]?.number ?? 0) > 1e6 && (finished["seconds"]?.number ?? 0) > 0.01)
    #expect(events[10]["state"]?.string == "finished" && events[10]["ran"] == 2 && events[10]["failure"] == .null)
    // People read on.
    #expect(result.error.contains("made   s") && result.error.contains("epoch 1 of 2"))

    let unchanged = try self.events(workshop.runner("pipeline.yaml", "--json", "--quiet"))
    #expect(
      names(unchanged) == [
        "run_started", "stage_decided", "stage_finished", "stage_decided", "stage_finished", "run_finished",
      ])
    #expect(unchanged[2]["result"]?.string == "hit" && unchanged[2]["seconds"] == .null)
    #expect(
      try names(self.events(workshop.runner("pipeline.yaml", "--json", "--dry-run"))) == [
        "stage_decided", "stage_decided",
      ])
  }

  @Test("end with what went wrong, also before a run begins")
  func failures() throws {
    let workshop = try Workshop()
    try workshop.pipeline(
      [("s", ["raw": "sources.data"], "mode: fail")], head: "sources:\n  data: { path: data.txt }\n")
    let missing = try workshop.runner("pipeline.yaml", "--json")
    let event = try #require(events(missing).last)
    #expect(missing.status == 1 && event["event"]?.string == "run_finished" && event["run"] == .null)
    #expect(event["failure"]?.string?.contains("data.txt does not exist") == true)
    try workshop.write("x", to: "data.txt")
    let failed = try workshop.runner("pipeline.yaml", "--json")
    let events = try events(failed)
    #expect(failed.status == 1 && events.last?["state"]?.string == "failed")
    #expect(events.last?["failure"]?.string?.contains("this is why it failed") == true)
    #expect(events[events.count - 2]["result"]?.string == "failed" && events[events.count - 2]["exit_code"] == 1)
  }

  @Test("that cannot be written are an error, after the run")
  func full() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "")])
    let result = try workshop.run(
      "/bin/sh",
      ["-c", "\(Workshop.runner) pipeline.yaml --json --stages-dir \(workshop.folder)/programs > /dev/full"])
    #expect(result.status == 1 && result.error.contains("standard output"), "\(result.error)")
    #expect(try workshop.record().state == "finished")
  }
}
