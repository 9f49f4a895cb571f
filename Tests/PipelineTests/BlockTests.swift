import Foundation
import Testing

@testable import Pipeline

@Suite("Work in blocks", .serialized)
struct BlockTests {
  /// One stage, whose work is to put its text into capitals.
  private func capitals(
    _ field: String, params: String = "text: a few words", in workshop: Workshop? = nil
  ) throws -> Workshop {
    let workshop = try workshop ?? Workshop()
    try workshop.pipeline([("words", [:], params)], fields: ["words": field])
    return workshop
  }

  private func digest(_ workshop: Workshop) throws -> String? {
    try workshop.record().stages.first?.outputs["out"]?.digest
  }

  @Test("gives the same bytes for any number of blocks, which are not in the key", arguments: [2, 3, 7])
  func sameBytes(_ blocks: Int) throws {
    let whole = try capitals("retries: 0")
    #expect(try whole.runner("pipeline.yaml").status == 0)
    let divided = try capitals("blocks: \(blocks)")
    let result = try divided.runner("pipeline.yaml")
    #expect(result.status == 0, "\(result.said)")
    #expect(result.error.contains("\(blocks) of \(blocks) blocks are done\n"), "\(result.error)")
    #expect(try divided.note("words")["letters"] as? String == "A FEW WORDS")
    #expect(try digest(divided) == digest(whole))
    // Nothing of the blocks is left.
    #expect(divided.list("artifacts/words").filter { $0.hasPrefix(".") }.isEmpty)
    #expect(divided.list("artifacts/.claims").isEmpty)
    _ = try capitals("blocks: 5", in: divided)
    #expect(try divided.runner("pipeline.yaml").error.contains("hit    words  unchanged"))
  }

  @Test("runs as many blocks side by side as there are processors and memory for")
  func sideBySide() throws {
    for (field, words, count) in [
      ("resources: { cpus: 1 }", ["--cpus", "3"], 3), ("resources: { cpus: 2 }", ["--cpus", "4"], 2),
      ("resources: { cpus: 1, memory: 1GB }", ["--cpus", "8", "--memory", "2.5GB"], 2),
      ("retries: 0", ["--cpus", "4"], 1),
    ] {
      let workshop = try Workshop()
      let order = "\(workshop.folder)/order"
      _ = try capitals(
        "\(field)\n    blocks: 3", params: "mode: pause, text: \(order), rate: 0.5, comment: block", in: workshop)
      let result = try workshop.run(
        Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + words)
      #expect(result.status == 0, "\(result.said)")
      let lines = try workshop.read("order").split(separator: "\n")
      let begun = lines.prefix { $0.hasPrefix("begin") }
      #expect(begun.count == count, "\(field): \(lines)")
      // The outputs are made when all blocks are done.
      #expect(lines.suffix(2) == ["begin block", "end block"], "\(field): \(lines)")
    }
  }

  @Test("does no block again that is done, where one failed")
  func resumed() throws {
    let workshop = try Workshop()
    try workshop.write("", to: "broken")
    let params = "mode: fail-block, count: 3, text: some words, maybe: \(workshop.folder)/broken"
    _ = try capitals("blocks: 4", params: params, in: workshop)
    let failed = try workshop.runner("pipeline.yaml")
    #expect(failed.status == 1, "\(failed.said)")
    #expect(failed.error.contains("words failed (exit code 1): note: this block failed; its full output is in "))
    let log = try #require(try workshop.record().stages.first?.log)
    #expect(log.hasSuffix("/words.block-3.1.log"))
    #expect(try workshop.read(log).contains("this block failed"))
    // After a failure no further block begins.
    #expect(
      !workshop.list("artifacts/runs/\(try #require(workshop.list("artifacts/runs").last))").contains(
        "words.block-4.1.log"))
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/broken")
    let again = try workshop.runner("pipeline.yaml")
    #expect(again.status == 0, "\(again.said)")
    #expect(again.error.contains("block 2: note: it was done before\n"), "\(again.error)")
    #expect(!again.error.contains("block 3: note: it was done before\n"), "\(again.error)")
    #expect(try workshop.note("words")["letters"] as? String == "SOME WORDS")
  }

  @Test("tries a block again as often as the stage is")
  func retries() throws {
    let workshop = try Workshop()
    _ = try capitals(
      "blocks: 2\n    retries: 1", params: "mode: flaky, text: \(workshop.folder)/attempts, count: 2", in: workshop)
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0, "\(result.said)")
    #expect(result.error.contains("attempt 2 of 2 begins in 1 s"), "\(result.error)")
    #expect(
      workshop.list("artifacts/runs/\(try #require(workshop.list("artifacts/runs").last))").contains(
        "words.block-1.2.log"))
  }

  @Test("goes on where a runner was killed, and two runners make one version")
  func killed() throws {
    let workshop = try Workshop()
    let order = "\(workshop.folder)/order"
    _ = try capitals("blocks: 3", params: "mode: pause, text: \(order), rate: 0.4, comment: block", in: workshop)
    let words = ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"]
    let killed = try workshop.start(Workshop.runner, words)
    #expect(eventually { (try? workshop.read("order"))?.contains("begin block2") == true })
    kill(killed.process.processIdentifier, SIGKILL)
    killed.process.waitUntilExit()
    let others = try (0..<2).map { _ in try workshop.start(Workshop.runner, words) }
    for other in others {
      other.process.waitUntilExit()
      let result = try other.result()
      #expect(result.status == 0, "\(result.said)")
    }
    let lines = try workshop.read("order").split(separator: "\n")
    #expect(lines.filter { $0 == "begin block1" }.count == 1, "\(lines)")
    #expect(lines.filter { $0 == "end block2" }.count == 1, "\(lines)")
    #expect(lines.filter { $0 == "end block" }.count == 1, "\(lines)")
    #expect(workshop.list("artifacts/words").filter { !$0.hasPrefix(".") }.count == 2)
  }

  @Test("refuses blocks of a program whose work cannot be divided, and of no number", arguments: ["3", "0", "many"])
  func refused(_ blocks: String) throws {
    let workshop = try Workshop()
    try FileManager.default.createSymbolicLink(
      atPath: "\(workshop.folder)/undivided.py", withDestinationPath: Workshop.stage)
    try workshop.write("stages:\n  words:\n    program: ./undivided.py\n    blocks: \(blocks)\n", to: "pipeline.yaml")
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1)
    #expect(
      result.error.contains(
        blocks == "3"
          ? "pipeline.yaml:4:13: the work of words cannot be divided into blocks; leave \"blocks\" out"
          : "pipeline.yaml:4:13: blocks is \"\(blocks)\"; give a whole number from 1 to 1000"), "\(result.error)")
  }

  @Test("is planned as one command a block, and one that makes the outputs of them")
  func planned() throws {
    let workshop = try capitals("blocks: 2")
    let plan = try workshop.runner("plan", "pipeline.yaml")
    let commands = plan.output.split(separator: "\n").map(String.init)
    #expect(commands.count == 3 && commands[1].hasSuffix(" --stage words --block 2"), "\(plan.said)")
    let early = try workshop.run("/bin/sh", ["-c", "\(commands[0].dropLast())3"])
    #expect(early.status == 1 && early.error.contains("has no block 3; give 1 to 2"), "\(early.said)")
    for command in commands {
      let result = try workshop.run("/bin/sh", ["-c", command])
      #expect(result.status == 0, "\(result.said)")
    }
    #expect(try workshop.record().state == "finished")
    #expect(try workshop.note("words")["letters"] as? String == "A FEW WORDS")
  }
}

@Suite("Blocks on Slurm", .serialized)
struct SlurmBlockTests {
  private func slurm(_ params: String = "text: left", field: String = "blocks: 3") throws -> FalseSlurm {
    let slurm = try FalseSlurm()
    try slurm.workshop.pipeline(
      [("start", [:], ""), ("left", ["a": "start.out"], params), ("end", ["a": "left.out"], "")],
      fields: ["left": field])
    return slurm
  }

  @Test("are one array job, held and released, which the job that makes the outputs waits for")
  func array() throws {
    let slurm = try slurm()
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(result.error.contains("submit left   job 3, after 3 blocks, job 2\n"), "\(result.error)")
    let state = try slurm.state()
    #expect(state.stages == ["start", "blocks", "left", "end"])
    #expect(Set(["--array=1-3", "--hold", "--dependency=afterok:1"]).isSubset(of: state.arguments[1]))
    #expect(state.arguments[2].contains("--dependency=afterok:1,afterok:2"))
    #expect(state.jobs["2_3"]?.state == "COMPLETED")
    #expect(try slurm.workshop.record().results == ["start": "made", "left": "made", "end": "made"])
    #expect(try slurm.digests() == slurm.localDigests())
    #expect(slurm.workshop.list("artifacts/left").filter { $0.hasPrefix(".") }.isEmpty)
  }

  @Test(
    "that Slurm lost are submitted again, and those that are done are not done again",
    arguments: ["2=NODE_FAIL", "2=PREEMPTED", "2=held", "2=lost"])
  func again(_ behaviour: String) throws {
    let slurm = try slurm()
    try slurm.behave(["left.blocks": [behaviour]])
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(try slurm.state().stages == ["start", "blocks", "left", "end", "blocks", "left", "end"])
    #expect(try slurm.workshop.record().results == ["start": "made", "left": "made", "end": "made"])
    #expect(try slurm.state().jobs.values.allSatisfy { $0.state != "PENDING" })
    let run = try #require(slurm.workshop.list("artifacts/runs").last)
    if behaviour == "2=NODE_FAIL" {
      let log = try slurm.workshop.read("artifacts/runs/\(run)/left.block-1.2.log")
      #expect(log.contains("it was done before"))
    }
  }

  @Test(
    "fail with what Slurm says of one",
    arguments: [
      ("TIMEOUT", "job 2_2 was ended, since it took longer than its time limit, 2h; raise \"time\""),
      ("OUT_OF_MEMORY", "job 2_2 was ended, since it took more memory than its limit; raise \"memory\""),
      ("FAILED", "job 2_2 failed"), ("CANCELLED", "job 2_2 was cancelled by somebody"),
    ])
  func fails(_ behaviour: String, _ reason: String) throws {
    let slurm = try slurm(field: "blocks: 3\n    resources: { time: 2h }")
    try slurm.behave(["left.blocks": ["2=\(behaviour)"]])
    let result = try slurm.run()
    #expect(result.status == 1 && result.error.contains("runner: left: \(reason)"), "\(result.said)")
    #expect(try slurm.workshop.record().results == ["start": "made", "left": "failed"])
    #expect(try slurm.state().jobs.values.allSatisfy { $0.state != "PENDING" })
  }

  @Test("fail with a block's own words, and the same command does that block alone again")
  func stageFails() throws {
    let broken = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: broken) }
    #expect(FileManager.default.createFile(atPath: broken, contents: nil))
    let slurm = try slurm("mode: fail-block, count: 2, text: left, maybe: \(broken)")
    let failed = try slurm.run()
    #expect(failed.status == 1, "\(failed.said)")
    #expect(failed.error.contains("runner: left failed (exit code 1): note: this block failed; "), "\(failed.said)")
    #expect(try slurm.workshop.record().results["left"] == "failed")
    try FileManager.default.removeItem(atPath: broken)
    let again = try slurm.run()
    #expect(again.status == 0, "\(again.said)")
    #expect(try slurm.workshop.record().results == ["start": "hit", "left": "made", "end": "made"])
    let run = try #require(slurm.workshop.list("artifacts/runs").last)
    let logs = try (1...3).map { try slurm.workshop.read("artifacts/runs/\(run)/left.block-\($0).1.log") }
    #expect(logs.map { $0.contains("it was done before") } == [true, false, true])
  }

  @Test("leave no held array where the job behind it is refused, and end with the run that is cancelled")
  func cancelled() throws {
    let slurm = try slurm()
    // The array of three tasks is taken, and the job that makes the outputs is not.
    try slurm.workshop.write("4", to: "slurm/most")
    let refused = try slurm.run()
    #expect(refused.status == 1 && refused.error.contains("job submit limit"), "\(refused.said)")
    #expect(try slurm.state().jobs.values.allSatisfy { $0.state == "CANCELLED" })
    try slurm.workshop.write("100", to: "slurm/most")
    try slurm.behave(["left.blocks": ["ok", "waiting"]])
    #expect(try slurm.run("--detach").status == 0)
    let cancelled = try slurm.runner("cancel", "pipeline.yaml")
    #expect(cancelled.status == 0 && cancelled.output.hasSuffix(" is cancelled; 3 jobs ended\n"), "\(cancelled.said)")
    #expect(try slurm.state().jobs.values.allSatisfy { ["CANCELLED", "COMPLETED"].contains($0.state) })
  }
}
