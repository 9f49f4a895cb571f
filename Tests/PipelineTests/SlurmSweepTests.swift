import CanonicalJSON
import Foundation
import Testing

@Suite("A sweep on Slurm")
struct SlurmSweepTests {
  private let slurm: FalseSlurm

  init() throws {
    slurm = try FalseSlurm()
    try slurm.pair()
  }

  private var words: [String] {
    ["sweep", "pipeline.yaml", "--stages-dir", "\(slurm.workshop.folder)/programs", "--executor", "slurm"]
  }

  private func sweep(_ arguments: String...) throws -> Workshop.Result {
    try slurm.workshop.run(Workshop.runner, words + arguments, environment: slurm.environment)
  }

  /// The first words of each row of the table.
  private func rows(_ result: Workshop.Result) -> [String] {
    result.output.split(separator: "\n").dropFirst().map { String($0.split(separator: " ")[0]) }
  }

  @Test("submits all combinations at once, what they share once, and ends with the outputs of a sweep on this machine")
  func combinations() throws {
    try slurm.diamond()
    let result = try sweep("--try", "end.text=x,y,z")
    #expect(result.status == 0, "\(result.said)")
    #expect(rows(result) == ["x", "y", "z"])
    let state = try slurm.state()
    #expect(state.stages == ["start", "left", "right", "end", "end", "end"])
    #expect(state.arguments[5].contains("--dependency=afterok:2,afterok:3"))
    let submitted = result.error.components(separatedBy: "wait   ")[0]
    #expect(submitted.contains("[3] share  right  job 3 of 2"), "\(result.error)")
    #expect(result.error.contains("[1] made   start  "), "\(result.error)")
    #expect(result.error.contains("[3] made   end    "), "\(result.error)")
    #expect(try slurm.workshop.record().results == ["start": "hit", "left": "hit", "right": "hit", "end": "made"])
    #expect(try slurm.workshop.record().state == "finished")
    // Nobody publishes what was only tried.
    #expect(!slurm.workshop.list("artifacts/end").contains("latest"))
    let versions = slurm.workshop.list("artifacts/end")
    let local = try Workshop()
    try local.write(slurm.workshop.read("pipeline.yaml"), to: "pipeline.yaml")
    #expect(try local.runner("sweep", "pipeline.yaml", "--try", "end.text=x,y,z").status == 0)
    #expect(local.list("artifacts/end") == versions && versions.count == 3)
    // The same command submits nothing, and another value its own stages.
    let again = try sweep("--try", "end.text=x,y,z", "--json")
    #expect(again.status == 0, "\(again.said)")
    #expect(try JSON.parse(again.output).array?.count == 3)
    #expect(try sweep("--try", "end.text=y,new").status == 0)
    #expect(try slurm.state().stages.dropFirst(6) == ["end"])
  }

  @Test("goes on where a combination fails, and tells why of each")
  func failures() throws {
    let result = try sweep("--try", "left.mode=ok,fail", "--quiet")
    #expect(result.status == 1 && rows(result) == ["ok", "fail"], "\(result.said)")
    #expect(result.error.contains("runner: left.mode=fail: left failed (exit code 1): note: this is why it failed; "))
    #expect(try slurm.state().stages == ["left", "end", "left", "end"])
    // What all need is tried once.
    let all = try sweep("--set", "left.mode=fail", "--try", "end.text=x,y")
    #expect(all.status == 1 && all.output.components(separatedBy: "this is why it failed").count == 3, "\(all.said)")
    #expect(try slurm.state().stages.count { $0 == "left" } == 3)
  }

  @Test("submits what Slurm lost again, once for all that need it", arguments: ["NODE_FAIL", "gone"])
  func lost(_ behaviour: String) throws {
    try slurm.behave(["left": [behaviour]])
    let result = try sweep("--try", "end.text=x,y")
    #expect(result.status == 0, "\(result.said)")
    #expect(try slurm.state().stages == ["left", "end", "end", "left", "end", "end"])
    #expect(slurm.workshop.list("artifacts/end").count == 2)
  }

  @Test("may be left, and the same command goes on with its runs and tells what came of them")
  func detached() throws {
    let left = try sweep("--try", "end.text=x,y,z", "--detach")
    #expect(left.status == 0, "\(left.said)")
    #expect(left.output.hasPrefix("3 runs are with Slurm\n  the same command goes on"), "\(left.output)")
    let result = try sweep("--try", "end.text=x,y,z")
    #expect(result.status == 0 && rows(result) == ["x", "y", "z"], "\(result.said)")
    #expect(result.error.components(separatedBy: "makes the same and is under way").count == 4, "\(result.error)")
    #expect(try slurm.state().submitted.count == 4)
    #expect(slurm.workshop.list("artifacts/runs").count == 3)
    // A run that publishes is no part of it.
    #expect(try slurm.run("--set", "end.text=x").status == 0)
    #expect(slurm.workshop.list("artifacts/end").contains("latest"))
  }

  @Test("closes the record of a run whose last job was another run's")
  func lastJobOfAnother() throws {
    try slurm.workshop.pipeline([("end", [:], ""), ("side", [:], "text: side")])
    try slurm.behave(["side": ["requeued"]])
    #expect(try sweep("--try", "end.text=x,y", "--detach").status == 0)
    #expect(try slurm.state().stages == ["end", "side", "end"])
    for _ in 0..<6 {
      _ = try slurm.workshop.run("\(slurm.workshop.folder)/slurm/squeue", [], environment: slurm.environment)
    }
    #expect(try slurm.state().jobs.values.allSatisfy { $0.state == "COMPLETED" })
    #expect(try slurm.workshop.record().state == "running")
    #expect(try sweep("--try", "end.text=x,y").status == 0)
    #expect(try slurm.workshop.record().state == "finished" && slurm.state().submitted.count == 3)
  }

  @Test("leaves the runs to Slurm at a signal, and ends them all when it is told to")
  func interrupted() throws {
    try slurm.behave(["left": ["waiting"]])
    let running = try slurm.workshop.start(
      Workshop.runner, words + ["--try", "end.text=x,y"], environment: slurm.environment)
    #expect(
      eventually {
        let said = try? String(contentsOfFile: running.errorPath, encoding: .utf8)
        return said?.contains("[1] wait   left  PENDING, Resources\n") == true
      })
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    let result = try running.result()
    #expect(result.status == 128 + SIGINT && result.error.contains("2 runs are with Slurm\n"), "\(result.said)")
    #expect(try slurm.state().cancelled.isEmpty)
    let cancelled = try slurm.runner("cancel", "pipeline.yaml", "--all")
    #expect(cancelled.status == 0 && cancelled.output.contains("; 2 jobs ended\n"), "\(cancelled.said)")
    #expect(cancelled.output.contains("; 1 job ended\n"), "\(cancelled.said)")
    #expect(try slurm.state().jobs.values.allSatisfy { $0.state == "CANCELLED" })
    #expect(try slurm.runner("cancel", "pipeline.yaml", "--all").output == "no run is under way\n")
  }

  @Test("makes what a cancelled run would have made for others")
  func lenderCancelled() throws {
    try slurm.behave(["left": ["waiting"]])
    #expect(try sweep("--try", "end.text=x,y", "--detach").status == 0)
    let lender = try #require(slurm.workshop.list("artifacts/runs").first)
    #expect(try slurm.runner("cancel", "pipeline.yaml", lender).status == 0)
    let other = try slurm.runner("attach", "pipeline.yaml")
    #expect(other.status == 0 && other.error.contains("its job was cancelled with another"), "\(other.said)")
    #expect(try slurm.workshop.record().results["end"] == "made")
  }

  @Test("waits where Slurm takes no more jobs, and says what it says if it takes none")
  func refused() throws {
    try slurm.workshop.write("3", to: "slurm/most")
    let result = try sweep("--try", "end.text=x,y,z")
    #expect(result.status == 0 && rows(result) == ["x", "y", "z"], "\(result.said)")
    #expect(result.error.contains("(job submit limit); 1 of 3 combinations wait until a run ends\n"), "\(result.error)")
    #expect(slurm.workshop.list("artifacts/end").count == 3)
    try slurm.workshop.write("0", to: "slurm/most")
    let none = try sweep("--try", "end.text=u,v")
    #expect(none.status == 1 && none.error.contains("runner: sbatch failed: sbatch: error: "), "\(none.said)")
    let jobs = try sweep("--try", "end.text=u,v", "--jobs", "2")
    #expect(jobs.status == 1, "\(jobs.said)")
    #expect(jobs.error.hasPrefix("runner: --jobs is about stages on this machine; "), "\(jobs.error)")
  }
}
