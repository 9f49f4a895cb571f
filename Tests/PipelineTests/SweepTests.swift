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

  /// A stage that all combinations share, and one that pauses; both need one processor.
  private func pausing(seconds: Double) throws -> Workshop {
    let workshop = try Workshop()
    let pause = "mode: pause, text: \(workshop.folder)/order, rate: \(seconds)"
    let one = "resources: { cpus: 1 }"
    try workshop.pipeline(
      [("base", [:], "\(pause), comment: base"), ("s", ["a": "base.out"], pause)], fields: ["base": one, "s": one])
    return workshop
  }

  @Test("runs combinations side by side as far as there is room, and makes what they share once")
  func sideBySide() throws {
    let workshop = try pausing(seconds: 0.4)
    let result = try sweep(workshop, "--try", "s.comment=a,b,c,d", "--cpus", "2")
    #expect(result.status == 0, "\(result.said)")
    var (running, most) = (0, 0)
    let order = try workshop.read("order").split(separator: "\n").map(String.init)
    for line in order {
      running += line.hasPrefix("begin") ? 1 : -1
      most = max(most, running)
    }
    #expect(order.prefix(2) == ["begin base", "end base"] && order.count == 10, "\(order)")
    #expect(most == 2, "\(order)")
    #expect(result.error.contains("run 3 of 4: s.comment=c\n"), "\(result.error)")
    #expect(result.error.contains("[4] made   s "), "\(result.error)")
    let rows = result.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ")[0] }
    #expect(rows == ["a", "b", "c", "d"], "\(result.output)")
    #expect(workshop.list("artifacts/base").count == 1 && workshop.list("artifacts/s").count == 4)
  }

  @Test("fetches raw data once, though every run would")
  func fetched() throws {
    let workshop = try Workshop()
    try workshop.write(
      "#!/bin/sh\nsleep 0.2\necho fetched >> ../times\necho data > \"$1\"\n", to: "flow/fetch", executable: true)
    try workshop.pipeline(
      [("s", ["raw": "sources.raw"], "")],
      head: "artifacts: ../artifacts\nsources: { raw: { path: raw.txt, fetch: ./fetch, refresh: always } }\n",
      fields: ["s": "resources: { cpus: 1 }"])
    try workshop.write(workshop.read("pipeline.yaml"), to: "flow/pipeline.yaml")
    let result = try workshop.runner("sweep", "flow/pipeline.yaml", "--try", "s.count=1,2,3", "--cpus", "3")
    #expect(result.status == 0, "\(result.said)")
    #expect(try workshop.read("times") == "fetched\n")
  }

  @Test("ends all runs at a signal, each with a record that says so, and the same command goes on")
  func stoppedSideBySide() throws {
    let workshop = try pausing(seconds: 600)
    let words = ["--try", "s.comment=a,b,c", "--cpus", "2", "--set", "base.rate=0"]
    let running = try workshop.start(
      Workshop.runner, ["sweep", "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + words)
    #expect(eventually { ((try? workshop.read("order")) ?? "").split(separator: "\n").count == 4 })
    let stopped = Date()
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 128 + SIGINT && Date().timeIntervalSince(stopped) < 5)
    let history = try workshop.run(Workshop.runner, ["history", "pipeline.yaml"]).output
    #expect(history.components(separatedBy: "stopped").count == 3, "\(history)")
    try workshop.write("", to: "order")
    let again = try sweep(workshop, "--try", "s.comment=a,b,c", "--set", "base.rate=0", "--set", "s.rate=0")
    let order = try workshop.read("order")
    #expect(again.status == 0 && !order.contains("base"), "\(again.said)")
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
