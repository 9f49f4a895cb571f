import Foundation
import Testing

@testable import Pipeline

@Suite("Runs on Slurm")
struct SlurmTests {
  @Test("submit the whole graph as held jobs, and end with the digests, the record and latest of a local run")
  func wholeRun() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond(
      fields: ["left": "resources: { cpus: 3, memory: 1.5GB, time: 90m }", "right": "timeout: 10m"],
      head: "executor: { slurm: { partition: main, account: shop, options: [--qos=low] } }\n")
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(result.error.contains("submit start  job 1\n"), "\(result.error)")
    #expect(result.error.contains("made   end    "), "\(result.error)")
    let state = try slurm.state()
    let run = try #require(slurm.workshop.list("artifacts/runs").last)
    #expect(state.stages == ["start", "left", "right", "end"])
    #expect(state.submitted.allSatisfy { $0.hasPrefix("tandem.\(run)-") })
    #expect(state.arguments[1].contains("--dependency=afterok:1"))
    #expect(state.arguments[3].contains("--dependency=afterok:2,afterok:3"))
    let common = [
      "--parsable", "--hold", "--export=NONE", "--open-mode=append", "--requeue", "--kill-on-invalid-dep=yes",
      "--partition=main", "--account=shop", "--qos=low",
    ]
    for arguments in state.arguments {
      #expect(Set(common).isSubset(of: arguments), "\(arguments)")
      #expect(
        arguments.filter { $0.hasPrefix("--output=") || $0.hasPrefix("--chdir=") }.allSatisfy { $0.contains("=/") })
    }
    #expect(Set(["--cpus-per-task=3", "--mem=1431M", "--time=90"]).isSubset(of: state.arguments[1]))
    // Time for the stage, and for the runner.
    #expect(Set(["--cpus-per-task=1", "--time=12"]).isSubset(of: state.arguments[2]))
    let record = try slurm.workshop.record()
    #expect(record.state == "finished")
    #expect(record.results == ["start": "made", "left": "made", "right": "made", "end": "made"])
    #expect(try slurm.digests() == slurm.localDigests())
    let log = try slurm.workshop.run("/bin/cat", [try #require(record.stages.first { $0.stage == "left" }?.log)])
    #expect(log.output.contains(" --threads 3"))
    for stage in ["start", "left", "right", "end"] {
      #expect(slurm.workshop.list("artifacts/\(stage)").contains("latest"))
    }
    #expect(try slurm.runner("history", "pipeline.yaml").output.contains("finished"))
  }

  @Test("submit nothing where nothing changed, and only what changed otherwise")
  func hits() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    #expect(try slurm.run().status == 0)
    let again = try slurm.run()
    #expect(again.status == 0 && again.error.contains("hit    start  unchanged"), "\(again.said)")
    #expect(try slurm.state().submitted.count == 4)
    #expect(Set(try slurm.workshop.record().results.values) == ["hit"])
    // The outputs of left are the same, so that end, though submitted, does not run.
    #expect(try slurm.run("--set", "left.comment=another").status == 0)
    #expect(try slurm.state().stages.suffix(2) == ["left", "end"])
    #expect(try slurm.workshop.record().results == ["start": "hit", "left": "made", "right": "hit", "end": "hit"])
    #expect(try slurm.run("--only", "right", "--force").status == 0)
    #expect(try slurm.state().stages.suffix(1) == ["right"])
    #expect(try slurm.workshop.record().results == ["start": "reused", "right": "kept"])
  }

  @Test(
    "are made again where Slurm lost a job",
    arguments: ["NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "gone", "reused", "held", "never", "unmade"])
  func again(_ behaviour: String) throws {
    let slurm = try FalseSlurm()
    try slurm.pair()
    try slurm.behave(["left": [behaviour]])
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(result.error.contains(" again, since "), "\(result.error)")
    // Those that wait for it are submitted again with it, since they wait for a job that is no more.
    #expect(try slurm.state().stages == ["left", "end", "left", "end"])
    let record = try slurm.workshop.record()
    #expect(record.state == "finished" && record.results == ["left": "made", "end": "made"])
    // Nobody else's job is touched.
    let others = try slurm.state().jobs.values.filter { $0.name == "somebody|else's" }
    #expect(others.map(\.state) == (behaviour == "reused" ? ["RUNNING"] : []))
  }

  @Test("take what is in the store, whatever became of the job", arguments: ["lost", "forgotten", "requeued"])
  func storeKnows(_ behaviour: String) throws {
    let slurm = try FalseSlurm()
    try slurm.pair()
    try slurm.behave(["left": [behaviour]])
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(try slurm.state().stages.filter { $0 == "left" }.count == 1)
    #expect(result.error.contains("PENDING, BeginTime") == (behaviour == "requeued"))
    #expect(try slurm.workshop.record().results == ["left": "made", "end": "made"])
  }

  @Test(
    "fail with what Slurm says of a job",
    arguments: [
      ("COMPLETED", "job 1 ended well, and published nothing"), ("FAILED", "job 1 failed with exit code 3"),
      ("TIMEOUT", "job 1 was ended, since it took longer than its time limit, 2h; raise \"time\""),
      ("DEADLINE", "job 1 was ended, since it took longer than its time limit, 2h; raise \"time\""),
      ("OUT_OF_MEMORY", "job 1 was ended, since it took more memory than its limit, 1.0 GB; raise \"memory\""),
      ("CANCELLED", "job 1 was cancelled by somebody"),
    ])
  func fails(_ behaviour: String, _ reason: String) throws {
    let slurm = try FalseSlurm()
    try slurm.pair(fields: ["left": "resources: { time: 2h, memory: 1GB }"])
    try slurm.behave(["left": [behaviour]])
    let result = try slurm.run()
    #expect(result.status == 1 && result.error.contains("runner: left: \(reason)"), "\(result.said)")
    #expect(try slurm.state().stages == ["left", "end"])
    let record = try slurm.workshop.record()
    #expect(record.state == "failed" && record.results["left"] == "failed")
  }

  @Test("submit a job again no more often than the stage is tried again", arguments: [0, 4])
  func bounded(_ retries: Int) throws {
    let slurm = try FalseSlurm()
    try slurm.pair(fields: ["left": "retries: \(retries)"])
    try slurm.behave(["left": Array(repeating: "NODE_FAIL", count: 9)])
    let result = try slurm.run()
    let times = max(3, retries)
    #expect(
      result.error.contains(
        "runner: left: its job ended as NODE_FAIL, on n1, after it was submitted again \(times) times"),
      "\(result.said)")
    #expect(try slurm.state().stages.filter { $0 == "left" }.count == times + 1)
  }

  @Test("fail with a stage's own words")
  func stageFails() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    let result = try slurm.run("--set", "left.mode=fail")
    #expect(result.status == 1, "\(result.said)")
    #expect(result.error.contains("runner: left failed (exit code 1): note: this is why it failed; "))
    let record = try slurm.workshop.record()
    #expect(record.state == "failed")
    // Other branches come to their end.
    #expect(record.results == ["start": "made", "left": "failed", "right": "made"])
    #expect(!slurm.workshop.list("artifacts/start").contains("latest"))
    // The same command goes on.
    #expect(try slurm.run().status == 0)
    #expect(try slurm.workshop.record().results == ["start": "hit", "left": "made", "right": "hit", "end": "made"])
  }

  @Test("wait for a controller that does not answer, and for what it says a job waits for")
  func unreachable() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    try slurm.workshop.write("3", to: "slurm/down")
    let result = try slurm.run()
    #expect(result.status == 0, "\(result.said)")
    #expect(
      result.error.contains(
        "Slurm does not answer: slurm_load_jobs error: Unable to contact slurm controller (connect failure)"))
  }

  @Test("leave no job where one is refused")
  func refused() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond(head: "executor: { slurm: { account: nobody } }\n")
    let result = try slurm.run()
    #expect(result.status == 1)
    #expect(
      result.error.contains("runner: sbatch failed: sbatch: error: Batch job submission failed: Invalid account"),
      "\(result.said)")
    #expect(try slurm.workshop.record().state == "stopped")
  }

  @Test("may be left, attached to, and gone on with by the same command")
  func detached() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    let left = try slurm.run("--detach")
    let run = try #require(slurm.workshop.list("artifacts/runs").last)
    #expect(left.status == 0 && left.output.contains("runner attach pipeline.yaml \(run) "), "\(left.said)")
    #expect(try slurm.workshop.record().state == "running")
    #expect(try slurm.runner("history", "pipeline.yaml").output.contains("running"))
    // Another one is another run.
    #expect(try slurm.run("--detach", "--set", "end.text=other").status == 0)
    #expect(try slurm.state().submitted.count == 8)
    let again = try slurm.run()
    #expect(again.status == 0 && again.error.contains("\(run) makes the same and is under way"), "\(again.said)")
    #expect(try slurm.state().submitted.count == 8)
    #expect(slurm.workshop.list("artifacts/runs").count == 2)
    let none = try slurm.runner("attach", "pipeline.yaml")
    #expect(none.status == 1 && none.error.hasPrefix("runner: no run of \"notes\" is on a cluster; "), "\(none.said)")
    // Without a name it is the newest.
    #expect(try slurm.run("--detach", "--set", "end.text=another").status == 0)
    #expect(try slurm.runner("attach", "pipeline.yaml").error.contains("made   end "))
    let latest = "\(slurm.workshop.folder)/artifacts/end/latest"
    let newest = try FileManager.default.destinationOfSymbolicLink(atPath: latest)
    // One that has ended is told of still, and changes nothing.
    let ended = try slurm.runner("attach", "pipeline.yaml", run)
    #expect(ended.status == 0 && ended.error.contains("made   end "), "\(ended.said)")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: latest) == newest)
  }

  @Test("come to their end though nobody watches")
  func unwatched() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    #expect(try slurm.run("--detach").status == 0)
    for _ in 0..<4 {
      _ = try slurm.workshop.run("\(slurm.workshop.folder)/slurm/squeue", [], environment: slurm.environment)
    }
    #expect(try slurm.workshop.record().state == "finished")
    #expect(slurm.workshop.list("artifacts/end").contains("latest"))
  }

  @Test("may be cancelled, and interrupted without an end")
  func cancelled() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    try slurm.behave(["left": ["waiting"]])
    let running = try slurm.workshop.start(
      Workshop.runner,
      ["pipeline.yaml", "--stages-dir", "\(slurm.workshop.folder)/programs", "--executor", "slurm"],
      environment: slurm.environment)
    #expect(
      eventually {
        let said = try? String(contentsOfFile: running.errorPath, encoding: .utf8)
        return said?.contains("wait   left   PENDING, Resources\n") == true
      })
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    let interrupted = try running.result()
    #expect(interrupted.status == 128 + SIGINT, "\(interrupted.said)")
    #expect(interrupted.error.contains("  runner cancel pipeline.yaml "), "\(interrupted.error)")
    #expect(try slurm.workshop.record().state == "running")
    #expect(try slurm.state().cancelled.isEmpty)
    let cancelled = try slurm.runner("cancel", "pipeline.yaml")
    #expect(cancelled.status == 0 && cancelled.output.hasSuffix(" is cancelled; 2 jobs ended\n"), "\(cancelled.said)")
    #expect(try slurm.workshop.record().state == "stopped")
    let attached = try slurm.runner("attach", "pipeline.yaml", "2")
    #expect(attached.status == 130 && attached.error.contains(" was cancelled; run the same command again"))
  }

  @Test("need Slurm's commands and take no option about this machine")
  func misused() throws {
    let slurm = try FalseSlurm()
    try slurm.diamond()
    let bare = "\(slurm.workshop.folder)/bare"
    try FileManager.default.createDirectory(atPath: bare, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: "\(bare)/python3", withDestinationPath: "/usr/bin/python3")
    let none = try slurm.workshop.runner("pipeline.yaml", "--executor", "slurm", environment: ["PATH": bare])
    #expect(none.status == 1 && none.error.contains("runner: no \"sbatch\" on the PATH; "), "\(none.said)")
    let jobs = try slurm.run("--jobs", "2")
    #expect(
      jobs.status == 1 && jobs.error.hasPrefix("runner: --jobs is about stages on this machine; "), "\(jobs.said)")
    let detached = try slurm.workshop.runner("pipeline.yaml", "--detach")
    #expect(detached.status == 1 && detached.error.hasPrefix("runner: --detach is for jobs of a cluster; "))
    let interval = try slurm.workshop.runner(
      "pipeline.yaml", "--executor", "slurm",
      environment: slurm.environment.merging(["TANDEM_SLURM_POLL": "9,2"]) { $1 })
    #expect(interval.status == 1 && interval.error.contains("TANDEM_SLURM_POLL is \"9,2\"; give "), "\(interval.said)")
  }
}

@Suite("The verdict about a job")
struct JobVerdictTests {
  private let stage = CheckedStage(
    name: "s", program: Program(path: "/s", identity: "1"),
    description: StageDescription(contract: 1, version: 1, inputs: [], outputs: [], params: []), inputs: [:],
    givenParams: [:], environment: [:])

  private func verdict(
    _ state: String?, _ reason: String = "None", _ change: (inout JobVerdict.Facts) -> Void = { _ in }
  ) -> JobVerdict {
    let job = state.map { SlurmJob(identifier: 7, name: "tandem.r.s", state: $0, reason: reason) }
    var facts = JobVerdict.Facts(stage: stage, job: job)
    change(&facts)
    return JobVerdict(facts)
  }

  @Test(
    "is to wait for all that may come yet", arguments: ["PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED"])
  func waits(_ state: String) {
    #expect(verdict(state, "Priority") == .wait("\(state), Priority"))
  }

  @Test("releases a job that was not released, and none that somebody holds")
  func held() {
    #expect(verdict("PENDING", "JobHeldUser") { $0.isReleased = false } == .release)
    #expect(verdict("PENDING", "JobHeldUser") == .wait("PENDING, JobHeldUser: scontrol release 7 lets it go"))
    #expect(verdict("PENDING", "JobHeldAdmin") == .wait("PENDING, JobHeldAdmin: scontrol release 7 lets it go"))
  }

  @Test("looks for what an ended job left before it judges")
  func patience() {
    #expect(verdict("COMPLETED") == .wait("COMPLETED, looking for what it published"))
    #expect(verdict("FAILED") == .wait("FAILED, looking for what it told"))
    #expect(verdict(nil) == .wait("Slurm does not know its job"))
    #expect(verdict(nil) { $0.isOverdue = true } == .again("Slurm does not know its job any more"))
  }

  @Test("tells a job that was cancelled with another from one that somebody cancelled")
  func cancelled() {
    #expect(verdict("CANCELLED") { $0.isUpstreamBroken = true } == .again("its job was cancelled with another"))
    #expect(verdict("CANCELLED") == .failed("s: job 7 was cancelled by somebody"))
  }
}
