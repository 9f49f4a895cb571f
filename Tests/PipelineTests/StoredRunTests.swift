import Artifacts
import Foundation
import Testing

@testable import Pipeline

@Suite("Runs of the past")
struct StoredRunTests {
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], "text: first"), ("two", ["a": "one.out"], ""), ("side", ["a": "one.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    return workshop
  }

  private func latest(_ workshop: Workshop, _ stage: String) throws -> String {
    try #require(Store(root: "\(workshop.folder)/artifacts").current(of: stage)).version
  }

  private func versions(_ workshop: Workshop, _ stage: String) -> [String] {
    workshop.list("artifacts/\(stage)").filter { $0 != "latest" && !$0.hasPrefix(".") }
  }

  private func runs(_ workshop: Workshop) -> [String] { workshop.list("artifacts/runs") }

  @Test("are listed with their state, also where nothing was measured")
  func history() throws {
    let workshop = try workshop()
    try workshop.runner("pipeline.yaml", "--set", "one.text=second")
    try workshop.runner("pipeline.yaml", "--set", "two.mode=fail")
    let history = try workshop.runner("history", "pipeline.yaml", in: nil)
    #expect(history.status == 64, "history has no --stages-dir: \(history.said)")
    let listed = try workshop.run(Workshop.runner, ["history", "pipeline.yaml"])
    let lines = listed.output.split(separator: "\n")
    #expect(listed.status == 0 && lines.count == 4, "\(listed.said)")
    #expect(lines[1].contains("finished") && lines[2].contains("finished") && lines[3].contains("failed"))
    #expect(lines[2].hasSuffix("latest") && !lines[1].contains("latest"))
    #expect(try workshop.run(Workshop.runner, ["history", "pipeline.yaml", "--last", "1"]).output.contains("failed"))
    let json = try JSONSerialization.jsonObject(
      with: Data(workshop.run(Workshop.runner, ["history", "pipeline.yaml", "--json"]).output.utf8))
    #expect((json as? [[String: Any]])?.compactMap { $0["state"] as? String } == ["finished", "finished", "failed"])
    let unknown = try workshop.run(Workshop.runner, ["history", "pipeline.yaml", "--metric", "recall@5"])
    #expect(
      unknown.error == "runner: no run has the metric \"recall@5\"; the pipeline has no stage that measures any\n")
  }

  @Test("need a record; a run without one is reported in a line")
  func none() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], "")])
    for verb in ["history", "report"] {
      let result = try workshop.run(Workshop.runner, [verb, "pipeline.yaml"])
      #expect(
        result.status == 1
          && result.error == "runner: artifacts has no record of a run of \"notes\"; run the pipeline first\n",
        "\(result.said)")
    }
    #expect(workshop.list("artifacts").isEmpty)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    for run in runs(workshop) { try workshop.write("{", to: "artifacts/runs/\(run)/run.json") }
    #expect(try workshop.run(Workshop.runner, ["history", "pipeline.yaml"]).error.contains("has no record of a run"))
    #expect(
      try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", runs(workshop)[0], "latest"]).error.contains(
        "is missing or no record that this version reads"))
  }

  @Test("are compared by their params, programs, sources and outputs")
  func compare() throws {
    let workshop = try workshop()
    try workshop.runner("pipeline.yaml", "--set", "one.text=second")
    let compared = try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", "latest~1", "latest"])
    #expect(compared.status == 0, "\(compared.said)")
    #expect(compared.output.contains("param   one.text  first"), "\(compared.output)")
    for output in ["one.out", "two.out", "side.out"] { #expect(compared.output.contains("output  \(output)")) }
    let same = try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", "latest", runs(workshop)[1]])
    #expect(same.output.contains("The same params, programs, sources and outputs."))
    let none = try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", "latest~2", "latest"])
    #expect(none.error == "runner: latest~2: 2 runs have finished; runner history lists all runs\n", "\(none.error)")
    #expect(
      try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", "2", "latest"]).error.contains(
        "runner: several runs begin with \"2\", such as "))
    #expect(
      try workshop.run(Workshop.runner, ["compare", "pipeline.yaml", "nope", "latest"]).error.contains(
        "no run \"nope\""))
  }

  @Test("explain what a stage is made from, and why it would run")
  func explain() throws {
    let workshop = try workshop()
    let hit = try workshop.runner("explain", "pipeline.yaml", "two")
    #expect(hit.output.hasPrefix("two does not run: unchanged\n"), "\(hit.said)")
    let changed = try workshop.runner("explain", "pipeline.yaml", "two", "--set", "two.rate=0.25")
    #expect(changed.output.hasPrefix("two runs: param rate 0.5 → 0.25\n"), "\(changed.said)")
    #expect(changed.output.split(separator: "\n").contains { $0.hasPrefix("param") && $0.contains("was 0.5") })
    let open = try workshop.runner("explain", "pipeline.yaml", "two", "--set", "one.text=x")
    #expect(open.output.hasPrefix("two may run: runs unless one comes out identical\n"), "\(open.said)")
    #expect(open.output.contains("not known before it is made"))
    #expect(
      try workshop.runner("explain", "pipeline.yaml", "tow").error
        == "runner: no stage \"tow\"; did you mean \"two\"?\n")
  }

  @Test("and the present are printed by status, which touches nothing")
  func status() throws {
    let workshop = try workshop()
    let before = workshop.list("artifacts")
    let current = try workshop.runner("status", "pipeline.yaml")
    #expect(current.output.contains("now       everything is up to date\n"), "\(current.said)")
    #expect(current.output.contains(": finished, "))
    let changed = try workshop.runner("status", "pipeline.yaml", "--set", "two.count=5")
    #expect(changed.output.contains("now       would run: two\n"), "\(changed.said)")
    #expect(workshop.list("artifacts") == before && runs(workshop).count == 1)
    try workshop.runner("pipeline.yaml", "--set", "two.mode=fail")
    #expect(try workshop.runner("status", "pipeline.yaml").output.contains(": failed, "))
  }

  @Test("give their versions back to latest")
  func rollback() throws {
    let workshop = try workshop()
    let first = try latest(workshop, "two")
    try workshop.runner("pipeline.yaml", "--set", "one.text=second")
    let second = try latest(workshop, "two")
    let back = try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml"])
    #expect(back.status == 0 && back.output.contains("latest is what \(runs(workshop)[0]) used"), "\(back.said)")
    #expect(try latest(workshop, "two") == first && first != second)
    #expect(
      try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml"]).error.contains("name the run to go back to"))
    let forth = try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml", "latest"])
    #expect(forth.status == 0)
    #expect(try latest(workshop, "two") == second)
    // Nothing is switched unless everything is there.
    let path = "\(workshop.folder)/artifacts/two/\(first)"
    try FileManager.default.removeItem(atPath: path)
    let gone = try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml"])
    #expect(gone.status == 1 && gone.error.contains("version \(first) of two cannot be used"), "\(gone.said)")
    #expect(try latest(workshop, "one") != runs(workshop)[0] && latest(workshop, "two") == second)
    try workshop.runner("pipeline.yaml", "--set", "two.mode=fail")
    #expect(
      try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml", runs(workshop)[2]]).error.contains(
        "is failed, and only the versions of a finished run belong together"))
  }
}

@Suite("The versions that nothing needs")
struct UnusedVersionsTests {
  /// A store with versions of several runs, each a second or more after the other, none of them young.
  private func workshop(runs count: Int) throws -> (Workshop, [String]) {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out"], "")])
    for number in 1...count {
      #expect(try workshop.runner("pipeline.yaml", "--set", "one.count=\(number)").status == 0)
    }
    return (workshop, workshop.list("artifacts/runs"))
  }

  private func unused(_ workshop: Workshop, runs: Int, delete: Bool = false) throws -> [String] {
    let store = Store(root: "\(workshop.folder)/artifacts")
    let policy = UnusedVersions.Policy(runs: runs, days: 0, grace: 0)
    let unused = try delete ? UnusedVersions.remove(from: store, policy: policy) : UnusedVersions(store, policy: policy)
    return unused.versions.map { "\($0.stage)/\($0.name)" }.sorted()
  }

  private func used(_ run: String, _ workshop: Workshop) throws -> [String] {
    let store = Store(root: "\(workshop.folder)/artifacts")
    return try #require(StoredRun(run, in: store)).versions.map { "\($0)/\($1)" }.sorted()
  }

  @Test("are those of old runs that are not pinned; a list touches nothing, and what is deleted is made again")
  func policy() throws {
    let (workshop, runs) = try workshop(runs: 4)
    // Runs began at this second or before: none counts as one of the last days.
    sleep(1)
    #expect(try unused(workshop, runs: 4).isEmpty)
    #expect(try unused(workshop, runs: 2) == (used(runs[0], workshop) + used(runs[1], workshop)).sorted())
    #expect(try workshop.run(Workshop.runner, ["pin", "pipeline.yaml", runs[0], "--note", "the best"]).status == 0)
    #expect(try unused(workshop, runs: 2) == used(runs[1], workshop))
    #expect(try workshop.run(Workshop.runner, ["history", "pipeline.yaml"]).output.contains("pinned"))
    #expect(try unused(workshop, runs: 1, delete: true).count == 4)
    #expect(workshop.list("artifacts/one").filter { $0.count == 12 }.count == 2)
    // latest is what the last run used, wherever it points.
    #expect(
      try workshop.run(Workshop.runner, ["unpin", "pipeline.yaml", runs[0]]).output.hasSuffix("no longer pinned\n"))
    #expect(try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml", runs[0]]).status == 0)
    #expect(try unused(workshop, runs: 1).isEmpty)
    let again = try workshop.runner("pipeline.yaml", "--set", "one.count=2")
    #expect(again.status == 0 && again.error.contains("made   one"), "\(again.error)")
    #expect(try workshop.run(Workshop.runner, ["history", "pipeline.yaml"]).output.split(separator: "\n").count == 6)
  }

  @Test("never have what another version in use was made from")
  func ancestors() throws {
    let (workshop, runs) = try workshop(runs: 2)
    sleep(1)
    // Only the second stage's link still holds the first run.
    let two = try #require(used(runs[0], workshop).last).split(separator: "/")[1]
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/artifacts/two/latest")
    try FileManager.default.createSymbolicLink(
      atPath: "\(workshop.folder)/artifacts/two/latest", withDestinationPath: String(two))
    #expect(try unused(workshop, runs: 1).isEmpty)
  }

  @Test("are kept for an hour and for as many days as are asked for, and listed by the command")
  func command() throws {
    let (workshop, _) = try workshop(runs: 3)
    // No run began in this second.
    sleep(1)
    let list = try workshop.run(Workshop.runner, ["gc", "pipeline.yaml", "--keep-runs", "1", "--keep-days", "0"])
    #expect(list.status == 0, "\(list.said)")
    #expect(list.output.contains("kept for published within the hour: 4\n"), "\(list.output)")
    #expect(list.output.hasSuffix("needed by nothing: 0 versions, 0 B\n"), "\(list.output)")
    #expect(try workshop.run(Workshop.runner, ["gc", "pipeline.yaml", "--keep-runs", "0"]).status == 64)
  }

  @Test("are not deleted while a run works")
  func running() throws {
    let (workshop, _) = try workshop(runs: 2)
    try workshop.pipeline([("one", [:], "mode: sleep, text: \(workshop.folder)/pids"), ("two", ["a": "one.out"], "")])
    let running = try workshop.start(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"])
    #expect(eventually { ((try? workshop.read("pids")) ?? "").contains(" ") })
    let refused = try workshop.run(Workshop.runner, ["gc", "pipeline.yaml", "--delete"])
    #expect(
      refused.status == 1
        && refused.error
          == "runner: a run works in artifacts, and what it reads must not change; try again when it has ended\n",
      "\(refused.said)")
    #expect(try workshop.run(Workshop.runner, ["rollback", "pipeline.yaml"]).status == 1)
    kill(running.process.processIdentifier, SIGTERM)
    running.process.waitUntilExit()
    #expect(try workshop.run(Workshop.runner, ["gc", "pipeline.yaml", "--delete"]).status == 0)
  }
}
