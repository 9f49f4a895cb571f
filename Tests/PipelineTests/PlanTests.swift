import Foundation
import Testing

@testable import Pipeline

@Suite("Frozen plans")
struct PlanTests {
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.write("some data", to: "raw.txt")
    try workshop.pipeline(
      [
        ("first", ["raw": "sources.raw"], "text: a, rate: 0.25, words: [x, y], maybe: null"),
        ("second", ["a": "first.out"], "count: 3"), ("third", ["a": "first.out", "b": "second.more"], ""),
      ], head: "sources: { raw: { path: raw.txt } }\n",
      fields: ["second": "environment: [CITY]\n    resources: { cpus: 2, memory: 1GB, time: 2h }\n    timeout: 1h"])
    return workshop
  }

  private func commands(_ workshop: Workshop, _ arguments: [String] = []) throws -> [String] {
    let planned = try workshop.run(
      Workshop.runner, ["plan", "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + arguments,
      environment: ["CITY": "Bern"])
    #expect(planned.status == 0, "\(planned.said)")
    return planned.output.split(separator: "\n").map(String.init)
  }

  /// Runs a command of a plan from another folder, with an environment that has nothing.
  private func sh(_ workshop: Workshop, _ command: String) throws -> Workshop.Result {
    try workshop.run("/usr/bin/env", ["-i", "PATH=/usr/bin:/bin", "/bin/sh", "-c", command], in: "/")
  }

  @Test("give stages that run by hand, in any environment, the digests, the record and latest of a run")
  func byHand() throws {
    let workshop = try workshop()
    let commands = try commands(workshop)
    #expect(commands.count == 3)
    // None of this reaches what is planned.
    let text = try workshop.read("pipeline.yaml")
    try workshop.write(text.replacingOccurrences(of: "count: 3", with: "count: 4"), to: "pipeline.yaml")
    for command in commands {
      #expect(try workshop.record().state == "running")
      let result = try sh(workshop, command)
      #expect(result.status == 0, "\(result.said)")
    }
    let record = try workshop.record()
    #expect(record.state == "finished")
    #expect(record.results == ["first": "made", "second": "made", "third": "made"])
    #expect(record.stages.map(\.stage) == ["first", "second", "third"])
    let local = try Workshop()
    try local.write("some data", to: "raw.txt")
    try local.write(text, to: "pipeline.yaml")
    #expect(try local.runner("pipeline.yaml", environment: ["CITY": "Bern"]).status == 0)
    #expect(try FalseSlurm.digests(workshop) == FalseSlurm.digests(local))
    #expect(try NSDictionary(dictionary: workshop.note("third")) == NSDictionary(dictionary: local.note("third")))
    let history = try workshop.run(Workshop.runner, ["history", "pipeline.yaml"])
    #expect(history.output.contains("finished"), "\(history.said)")
    // The same again is a hit, and hides nothing.
    #expect(try sh(workshop, commands[0]).error.contains("hit    first"))
    #expect(try workshop.record().results["first"] == "made")
    // And so it is for a run on this machine.
    try workshop.write(text, to: "pipeline.yaml")
    let again = try workshop.runner("pipeline.yaml", environment: ["CITY": "Bern"])
    #expect(again.status == 0, "\(again.said)")
    #expect(Set(try workshop.record().results.values) == ["hit"])
  }

  @Test("make a stage once though two processes run it at once, and say that it was made")
  func besideItself() throws {
    let workshop = try Workshop()
    try workshop.write("some data", to: "raw.txt")
    try workshop.pipeline(
      [("first", ["raw": "sources.raw"], "mode: pause, rate: 1, comment: it, text: \(workshop.folder)/marks")],
      head: "sources: { raw: { path: raw.txt } }\n")
    let command = try #require(try commands(workshop).first)
    let processes = try (0..<2).map { _ in
      try workshop.start("/usr/bin/env", ["-i", "PATH=/usr/bin:/bin", "/bin/sh", "-c", command], in: "/")
    }
    for running in processes {
      running.process.waitUntilExit()
      let result = try running.result()
      #expect(result.status == 0, "\(result.said)")
    }
    #expect(try workshop.read("marks").components(separatedBy: "begin").count == 2)
    #expect(try workshop.record().results == ["first": "made"] && workshop.record().state == "finished")
  }

  @Test("never take latest for an input, and tell what is missing")
  func missingInput() throws {
    let workshop = try workshop()
    #expect(
      try workshop.runner("pipeline.yaml", "--set", "first.text=other", environment: ["CITY": "Bern"]).status == 0)
    let commands = try commands(workshop)
    let result = try sh(workshop, commands[1])
    #expect(result.status == 1)
    #expect(
      result.error.contains("runner: second: its input \"a\" is not there, since first.out of "), "\(result.said)")
    #expect(try workshop.record().results["second"] == "failed")
    // It is tried again once its input is there, and its logs are numbered on.
    for command in commands { #expect(try sh(workshop, command).status == 0) }
    #expect(try workshop.record().state == "finished")
  }

  @Test("are of the data and the programs as they were")
  func changedData() throws {
    let workshop = try workshop()
    let commands = try commands(workshop)
    try workshop.write("other data", to: "raw.txt")
    let result = try sh(workshop, commands[0])
    #expect(
      result.status == 1
        && result.error.hasSuffix(
          "\(workshop.folder)/raw.txt is not what it was when the run was planned; run the pipeline again\n"),
      "\(result.said)")
    #expect(try workshop.record().state == "failed")
    // Data that is the same again is known by its bytes.
    try workshop.write("some data", to: "raw.txt")
    #expect(try sh(workshop, commands[0]).status == 0)
  }

  @Test("have what was damaged made again")
  func damaged() throws {
    let workshop = try workshop()
    let commands = try commands(workshop)
    #expect(try sh(workshop, commands[0]).status == 0)
    let version = try #require(workshop.list("artifacts/first").first { !$0.hasPrefix(".") && $0 != "latest" })
    let path = "\(workshop.folder)/artifacts/first/\(version)/out.tandem"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 130)
    try file.write(contentsOf: Data("?".utf8))
    try file.close()
    let result = try sh(workshop, commands[1])
    #expect(
      result.status == 1 && result.error.contains("is damaged and was removed")
        && result.error.contains("run first again"),
      "\(result.said)")
    #expect(try workshop.record().state == "running")
    for command in commands { #expect(try sh(workshop, command).status == 0) }
    #expect(try workshop.record().state == "finished")
  }

  @Test("make forced stages once in a run")
  func forced() throws {
    let workshop = try workshop()
    #expect(try workshop.runner("pipeline.yaml", environment: ["CITY": "Bern"]).status == 0)
    let commands = try commands(workshop, ["--force"])
    for command in commands { #expect(try sh(workshop, command).status == 0) }
    #expect(try workshop.record().results == ["first": "kept", "second": "kept", "third": "kept"])
    #expect(try sh(workshop, commands[1]).error.contains("was made in this run"))
  }

  @Test("tell of a failed stage, of stages that are not theirs, and of files that are no plans")
  func errors() throws {
    let workshop = try workshop()
    let commands = try commands(workshop, ["--set", "first.mode=fail"])
    let failed = try sh(workshop, commands[0])
    #expect(failed.status == 1 && failed.error.contains("runner: first failed (exit code 1): note: this is why"))
    let record = try workshop.record()
    #expect(record.state == "failed" && record.results == ["first": "failed"])
    #expect(record.stages.first?.failure?.contains("this is why") == true)
    let run = try #require(workshop.list("artifacts/runs").last)
    let plan = "artifacts/runs/\(run)/plan.json"
    let other = try workshop.run(Workshop.runner, ["stage", "--plan", plan, "--stage", "secnd"])
    #expect(other.error == "runner: the plan of \(run) has no stage \"secnd\"; did you mean \"second\"?\n")
    try workshop.write("{}", to: "not-a-plan.json")
    let none = try workshop.run(Workshop.runner, ["stage", "--plan", "not-a-plan.json", "--stage", "first"])
    #expect(
      none.error
        == "runner: not-a-plan.json is no plan of a run: a field is missing; submit the pipeline again\n")
    let text = try workshop.read(plan).replacingOccurrences(of: "\"format\": 1", with: "\"format\": 7")
    try workshop.write(text, to: "later.json")
    let later = try workshop.run(Workshop.runner, ["stage", "--plan", "later.json", "--stage", "first"])
    #expect(later.error.hasPrefix("runner: later.json has format 7, and this runner reads 1; "), "\(later.said)")
  }
}
