import CanonicalJSON
import Foundation
import Testing

@testable import Pipeline

@Suite("A sweep")
struct SweepTests {
  private func sweep(_ workshop: Workshop, _ arguments: String...) throws -> Workshop.Result {
    try workshop.run(
      Workshop.runner, ["sweep", "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + arguments)
  }

  @Test("runs every combination, makes what they share once, and goes on after a failure and a restart")
  func combinations() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("base", [:], ""), ("s", ["a": "base.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    let latest = try workshop.read("artifacts/s/latest/stage.json")
    let arguments = ["--try", "s.count=1,2,3", "--try", "s.mode=ok,fail"]
    let result = try sweep(workshop, arguments[0], arguments[1], arguments[2], arguments[3], "--quiet")
    #expect(result.status == 1)
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 7 && rows[0] == ["s.count", "s.mode", "seconds", "run"], "\(result.output)")
    #expect(rows.dropFirst().map { $0[0] + $0[1] } == ["1ok", "1fail", "2ok", "2fail", "3ok", "3fail"])
    #expect(result.output.components(separatedBy: "this is why it failed").count == 4)
    #expect(result.error.contains("runner: s.count=2 s.mode=fail: s failed (exit code 1)"), "\(result.error)")
    // Nobody publishes what was only tried.
    #expect(try workshop.read("artifacts/s/latest/stage.json") == latest)
    #expect(workshop.list("artifacts/base").filter { !$0.hasPrefix(".") && $0 != "latest" }.count == 1)
    #expect(workshop.list("artifacts/s").filter { !$0.hasPrefix(".") && $0 != "latest" }.count == 3)

    let again = try sweep(workshop, "--try", "s.count=1,2,3,4", "--json")
    #expect(again.status == 0 && again.error.components(separatedBy: "made   s").count == 2, "\(again.error)")
    #expect(again.error.contains("run 4 of 4: s.count=4\n"))
    let points = try #require(try JSON.parse(again.output).array)
    #expect(points.map { $0["params"]?["s.count"]?.string } == ["1", "2", "3", "4"])
    #expect(
      points.allSatisfy { $0["failure"] == .null && workshop.list("artifacts/runs").contains($0["run"]?.string ?? "") })
  }

  @Test("stops at a signal")
  func stopped() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: sleep, text: \(workshop.folder)/pids")])
    let running = try workshop.start(
      Workshop.runner,
      ["sweep", "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", "--try", "s.count=1,2"])
    #expect(eventually { ((try? workshop.read("pids")) ?? "").contains(" ") })
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 128 + SIGINT)
    #expect(workshop.list("artifacts/runs").count == 1)
  }

  @Test("refuses values before anything runs")
  func refused() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "")])
    for (words, message) in [
      ("s.count=1,two", "--set s.count=two"), ("s.cuont=1,2", "has no param \"cuont\"; did you mean \"count\"?"),
      ("s.count", "--try s.count: give it as STAGE.PARAM=VALUE,VALUE"), ("s.count=1,,2", "a value is empty"),
      ("s.count=1,1", "1 is given twice"),
    ] {
      let result = try sweep(workshop, "--try", words)
      #expect(result.status == 1 && result.error.contains(message), "\(result.error)")
    }
    #expect(workshop.list("artifacts").isEmpty)
  }

  @Test("takes lists as values, and no more combinations than anybody can look at")
  func axes() throws {
    #expect(try SweepAxis("evaluate.ks=[1,10],[5]").values == ["[1,10]", "[5]"])
    let points = try SweepAxis.points(of: [SweepAxis("a.b=1,2"), SweepAxis("a.c=x,y")])
    #expect(points == [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]])
    #expect(throws: SweepError.twoAxes("a.b")) { try SweepAxis.points(of: [SweepAxis("a.b=1"), SweepAxis("a.b=2")]) }
    let many = try SweepAxis("a.b=" + (0..<200).map(String.init).joined(separator: ","))
    let more = try SweepAxis("a.c=" + (0..<200).map(String.init).joined(separator: ","))
    #expect(throws: SweepError.tooMany) { try SweepAxis.points(of: [many, more]) }
  }
}
