import Artifacts
import Foundation
import Testing

@Suite("Two runners in one store", .serialized)
struct TwoRunnersTests {
  private func start(_ workshop: Workshop, _ arguments: String...) throws -> Workshop.Running {
    try workshop.start(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + arguments)
  }

  private func said(_ running: Workshop.Running) -> String {
    (try? String(contentsOfFile: running.errorPath, encoding: .utf8)) ?? ""
  }

  @Test("make a version once: the second says whom it waits for, and takes the result")
  func once() throws {
    let workshop = try Workshop()
    try workshop.pipeline([
      ("s", [:], "mode: pause, text: \(workshop.folder)/order, rate: 2, comment: x"), ("t", ["a": "s.out"], ""),
    ])
    let first = try start(workshop)
    #expect(eventually { ((try? workshop.read("order")) ?? "").contains("begin") })
    let second = try start(workshop)
    first.process.waitUntilExit()
    second.process.waitUntilExit()
    #expect(first.process.terminationStatus == 0 && second.process.terminationStatus == 0, "\(said(second))")
    #expect(try workshop.read("order").split(separator: "\n").count == 2)
    let run = workshop.list("artifacts/runs")[0]
    #expect(
      said(second).contains("s is being made by run \(run) (process \(first.process.processIdentifier) on "),
      "\(said(second))")
    #expect(said(second).contains("hit    s  made by another run meanwhile, version "), "\(said(second))")
    #expect(try workshop.record().results["s"] == "hit")
    #expect(workshop.list("artifacts/.claims").isEmpty)
  }

  @Test("on a file system without locks both make it, and one publishes it; each says so in one line")
  func noLocks() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: pause, text: \(workshop.folder)/order, rate: 2, comment: x")])
    try #require(
      FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is missing; run Scripts/prepare strace")
    let runs = try (0..<2).map { number in
      try workshop.start(
        "/usr/bin/strace",
        ["-f", "-o", "calls.\(number)", "-e", "inject=flock:error=ENOLCK", Workshop.runner, "pipeline.yaml"]
          + ["--stages-dir", "\(workshop.folder)/programs"])
    }
    for running in runs {
      running.process.waitUntilExit()
      #expect(running.process.terminationStatus == 0, "\(said(running))")
      #expect(said(running).components(separatedBy: "artifacts has no locks: ").count == 2, "\(said(running))")
    }
    #expect(try workshop.read("calls.0").contains("(INJECTED)"))
    #expect(workshop.list("artifacts/s").filter { $0.count == 12 }.count == 1)
  }

  @Test("if one dies the other goes on at once, and one that waits heeds a signal at once")
  func takeover() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: escape, text: \(workshop.folder)/pids")])
    let first = try start(workshop)
    #expect(eventually { ((try? workshop.read("pids")) ?? "").contains(" ") })
    let before = try workshop.read("pids")
    let (second, third) = (try start(workshop), try start(workshop))
    for running in [second, third] {
      #expect(eventually { said(running).contains("waiting for that") }, "\(said(running))")
    }
    kill(third.process.processIdentifier, SIGINT)
    #expect(eventually(seconds: 5) { !third.process.isRunning })
    #expect(third.process.terminationStatus == 128 + SIGINT)
    kill(first.process.processIdentifier, SIGKILL)
    first.process.waitUntilExit()
    #expect(
      eventually { ((try? workshop.read("pids")) ?? before).contains(" ") && (try? workshop.read("pids")) != before })
    kill(second.process.processIdentifier, SIGTERM)
    second.process.waitUntilExit()
    #expect(second.process.terminationStatus == 128 + SIGTERM)
  }

  @Test("with other params leave versions in latest that belong together, and --only leaves the others where they were")
  func sets() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out"], ""), ("three", ["a": "two.out"], "")])
    let store = Store(root: "\(workshop.folder)/artifacts")
    func digest(_ stage: String) throws -> String {
      try ArtifactFile(path: "\(store.root)/\(stage)/latest/out.tandem").digest.hexadecimal
    }
    func input(_ stage: String) throws -> String? { try (workshop.note(stage)["inputs"] as? [String: String])?["a"] }
    for round in 0..<4 {
      let runs = try ["left", "right"].map { try start(workshop, "--set", "one.text=\($0)\(round)") }
      for running in runs {
        running.process.waitUntilExit()
        #expect(running.process.terminationStatus == 0, "\(said(running))")
      }
      #expect(try input("two") == digest("one") && input("three") == digest("two"))
    }
    let before = try digest("three")
    #expect(try workshop.runner("pipeline.yaml", "--only", "two", "--set", "two.count=9").status == 0)
    #expect(try input("two") == digest("one") && digest("three") == before && input("three") != digest("two"))
  }
}
