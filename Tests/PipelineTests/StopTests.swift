import Foundation
import Testing

@Suite("Stopping a run", .serialized)
struct StopTests {
  /// Starts a run that sleeps, and gives the process numbers of its stage and of what that started.
  private func sleeping(_ mode: String) throws -> (Workshop, Workshop.Running, [Int32]) {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: \(mode), text: \(workshop.folder)/pids")])
    let running = try workshop.start(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"])
    #expect(eventually { ((try? workshop.read("pids")) ?? "").contains(" ") })
    let processes = try workshop.read("pids").split(separator: " ").compactMap { Int32($0) }
    #expect(processes.count == (["orphan", "escape"].contains(mode) ? 2 : 1))
    return (workshop, running, processes)
  }

  private func isGone(_ process: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
    return status.split(separator: ")").last.map { $0.hasPrefix(" Z") } ?? true
  }

  private func parent(of process: Int32) throws -> Int32 {
    let status = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    let fields = try #require(status.split(separator: ")").last).split(separator: " ")
    return try #require(Int32(fields[1]))
  }

  @Test(
    "by INT, TERM or HUP ends its stages and all that they started, publishes nothing partial, and reports it",
    arguments: [(SIGINT, "orphan"), (SIGTERM, "orphan"), (SIGHUP, "orphan"), (SIGTERM, "escape")])
  func signals(_ signal: Int32, _ mode: String) throws {
    let (workshop, running, processes) = try sleeping(mode)
    kill(running.process.processIdentifier, signal)
    running.process.waitUntilExit()
    let result = try running.result()
    #expect(result.status == 128 + signal, "\(result.error)")
    #expect(result.error.hasSuffix("runner: stopped by signal \(signal); run the same command again to continue\n"))
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(workshop.list("artifacts/s").isEmpty)
    #expect(try workshop.record().state == "stopped")
  }

  @Test("twice kills a stage that ignores the first signal")
  func twice() throws {
    let (_, running, processes) = try sleeping("stubborn")
    kill(running.process.processIdentifier, SIGTERM)
    usleep(300_000)
    #expect(running.process.isRunning)
    kill(running.process.processIdentifier, SIGTERM)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 128 + SIGTERM)
    #expect(eventually { processes.allSatisfy(isGone) })
  }

  @Test(
    "by KILL leaves nothing running that a stage started, and does not disturb the next run",
    arguments: ["sleep", "orphan", "escape"])
  func killed(_ mode: String) throws {
    let (workshop, running, processes) = try sleeping(mode)
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(workshop.list("artifacts/s").filter { !$0.hasPrefix(".") }.isEmpty)
    #expect(try workshop.runner("pipeline.yaml", "--set", "s.mode=ok").status == 0)
  }

  @Test("is not needed for what a stage leaves behind: it ends with the stage, wherever it went")
  func left() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: leave, text: \(workshop.folder)/pids")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    let processes = try workshop.read("pids").split(separator: " ").compactMap { Int32($0) }
    #expect(processes.count == 2 && processes.allSatisfy(isGone))
  }

  @Test("by KILL of a stage's supervisor ends the stage, and the run says so")
  func supervisor() throws {
    let (workshop, running, processes) = try sleeping("orphan")
    kill(try parent(of: processes[0]), SIGKILL)
    running.process.waitUntilExit()
    #expect(try running.result().error.contains("s failed (killed by signal 9 (killed))"))
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(workshop.list("artifacts/s").isEmpty)
  }

  @Test("by KILL at once with a stage's supervisor leaves what the stage had started to the next run, which ends it")
  func killedWithSupervisor() throws {
    let (workshop, running, processes) = try sleeping("escape")
    let supervisor = try parent(of: processes[0])
    kill(supervisor, SIGSTOP)
    kill(running.process.processIdentifier, SIGKILL)
    kill(supervisor, SIGKILL)
    running.process.waitUntilExit()
    #expect(eventually { isGone(processes[0]) })
    #expect(!isGone(processes[1]))
    let next = try workshop.runner("pipeline.yaml", "--set", "s.mode=ok")
    #expect(next.status == 0 && next.error.contains("ended 1 process that a killed run had left"), "\(next.error)")
    #expect(eventually { isGone(processes[1]) })
  }

  @Test("ends it even while it writes to a standard error that nobody reads", arguments: [[], ["--json"]])
  func unread(_ options: [String]) throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: noisy")])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Workshop.runner)
    process.arguments = ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + options
    process.currentDirectoryURL = URL(fileURLWithPath: workshop.folder)
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    // As much as the pipe holds is in the log.
    #expect(
      eventually {
        let run = workshop.list("artifacts/runs").last ?? ""
        let log = "\(workshop.folder)/artifacts/runs/\(run)/s.1.log"
        return (try? Data(contentsOf: URL(fileURLWithPath: log)))?.count ?? 0 > 60_000
      })
    kill(process.processIdentifier, SIGTERM)
    #expect(eventually(seconds: 5) { !process.isRunning })
    #expect(process.terminationStatus == 128 + SIGTERM)
    #expect(try workshop.record().state == "stopped")
    withExtendedLifetime(pipe) {}
  }

  @Test("once ends it while it reads a large source", arguments: [["validate"], ["run"], ["run", "--dry-run"]])
  func hashing(_ command: [String]) throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", ["raw": "sources.data"], "")], head: "sources:\n  data: { path: data.bin }\n")
    try workshop.write("", to: "data.bin")
    // Hours of zeros, and no disk.
    let file = try #require(FileHandle(forWritingAtPath: "\(workshop.folder)/data.bin"))
    try file.truncate(atOffset: 4 << 40)
    let running = try workshop.start(
      Workshop.runner,
      [command[0], "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + command.dropFirst())
    #expect(eventually { isReading("\(workshop.folder)/data.bin", running.process.processIdentifier) })
    kill(running.process.processIdentifier, SIGINT)
    #expect(eventually(seconds: 5) { !running.process.isRunning })
    #expect(running.process.terminationStatus == 128 + SIGINT)
  }

  private func isReading(_ path: String, _ process: Int32) -> Bool {
    let folder = "/proc/\(process)/fd"
    let open = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return open.contains { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path }
  }
}
