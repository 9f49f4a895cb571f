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
    #expect(processes.count == (mode == "orphan" ? 2 : 1))
    return (workshop, running, processes)
  }

  private func isGone(_ process: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
    return status.split(separator: ")").last.map { $0.hasPrefix(" Z") } ?? true
  }

  @Test(
    "by INT, TERM or HUP ends its stages and their children, publishes nothing partial, and reports it",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(_ signal: Int32) throws {
    let (workshop, running, processes) = try sleeping("orphan")
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

  @Test("by KILL leaves no stage running and does not disturb the next run")
  func killed() throws {
    let (workshop, running, processes) = try sleeping("sleep")
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(workshop.list("artifacts/s").filter { !$0.hasPrefix(".") }.isEmpty)
    #expect(try workshop.runner("pipeline.yaml", "--set", "s.mode=ok").status == 0)
  }
}
