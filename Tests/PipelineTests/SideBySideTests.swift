import Foundation
import Testing

@testable import Pipeline

@Suite("Stages side by side", .serialized)
struct SideBySideTests {
  /// Two stages that pause, and one that reads both.
  private func pausing(_ fields: [String: String] = [:], seconds: Double = 0.6) throws -> Workshop {
    let workshop = try Workshop()
    let log = "\(workshop.folder)/order"
    let pause = { (name: String) in "mode: pause, text: \(log), rate: \(seconds), comment: \(name)" }
    try workshop.pipeline(
      [
        ("left", [:], pause("left")), ("right", [:], pause("right")), ("end", ["a": "left.out", "b": "right.out"], ""),
      ],
      fields: fields)
    return workshop
  }

  private func order(_ workshop: Workshop) throws -> [String] {
    try workshop.read("order").split(separator: "\n").map(String.init)
  }

  @Test("run one at a time by default, with the same output and record as ever")
  func alone() throws {
    let workshop = try pausing(seconds: 0.1)
    let result = try workshop.runner("pipeline.yaml", "--cpus", "8")
    #expect(result.status == 0, "\(result.error)")
    #expect(try order(workshop) == ["begin left", "end left", "begin right", "end right"])
    #expect(result.error.contains("run    left   never made\n         note: pause\nmade   left "), "\(result.error)")
    #expect(try workshop.record().stages.map(\.stage) == ["left", "right", "end"])
  }

  @Test("begin as soon as there is room, and what reads them waits; lines tell whose they are")
  func jobs() throws {
    let workshop = try pausing()
    let result = try workshop.runner("pipeline.yaml", "--jobs", "2", "--cpus", "2")
    #expect(result.status == 0, "\(result.error)")
    #expect(try order(workshop).prefix(2).sorted() == ["begin left", "begin right"])
    #expect(result.error.contains("       left   | note: pause\n"), "\(result.error)")
    #expect(result.error.contains("       right  | note: pause\n"), "\(result.error)")
    #expect(try workshop.record().results == ["left": "made", "right": "made", "end": "made"])
    // The same bytes as one after another.
    let digests = try workshop.record().stages.map { $0.outputs["out"]?.digest }
    let other = try pausing(seconds: 0.6)
    try other.write(workshop.read("pipeline.yaml"), to: "pipeline.yaml")
    #expect(try other.runner("pipeline.yaml").status == 0)
    #expect(try other.record().stages.map { $0.outputs["out"]?.digest } == digests)
  }

  @Test("never take more processors or memory together than there are", arguments: [true, false])
  func resources(isRoomy: Bool) throws {
    for (field, option, much, little) in [
      ("cpus: 2", "--cpus", "4", "3"), ("cpus: 1, memory: 1.5GB", "--memory", "3GB", "2GB"),
    ] {
      let fields = ["left", "right"].reduce(into: [String: String]()) { $0[$1] = "resources: { \(field) }" }
      let workshop = try pausing(fields, seconds: 0.4)
      let most = option == "--memory" ? ["--cpus", "4"] : []
      let result = try workshop.run(
        Workshop.runner,
        ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", option, isRoomy ? much : little] + most)
      #expect(result.status == 0, "\(result.error)")
      let expected = isRoomy ? ["begin left", "begin right"] : ["begin left", "end left"]
      #expect(try order(workshop).prefix(2).sorted() == expected.sorted(), "\(field) \(result.error)")
      let log = try workshop.read(try #require(try workshop.record().stages.first?.log))
      #expect(log.contains(" --threads \(field.hasPrefix("cpus: 2") ? 2 : 1)"), "\(log)")
    }
  }

  @Test("that need more than there is run alone")
  func tooMuch() throws {
    let workshop = try pausing(["left": "resources: { cpus: 64, memory: 900TB }"], seconds: 0.2)
    let result = try workshop.runner("pipeline.yaml", "--cpus", "2", "--jobs", "2", "--memory", "1GB")
    #expect(result.status == 0, "\(result.error)")
    #expect(try order(workshop).prefix(2) == ["begin left", "end left"])
  }

  @Test("end as they would if another fails, no further one begins, and the next run takes what they made")
  func failure() throws {
    let workshop = try Workshop()
    let pause = "mode: pause, text: \(workshop.folder)/order, rate: 0.6, comment: good"
    try workshop.pipeline([
      ("good", [:], pause), ("bad", [:], "mode: fail"), ("later", [:], ""), ("after", ["a": "good.out"], ""),
    ])
    let result = try workshop.runner("pipeline.yaml", "--jobs", "2", "--cpus", "2")
    #expect(result.status == 1)
    #expect(result.error.contains("bad failed (exit code 1): note: this is why it failed"), "\(result.error)")
    #expect(result.error.contains("no further stage begins, waiting for good\n"), "\(result.error)")
    #expect(try workshop.record().results == ["good": "made", "bad": "failed"])
    #expect(try workshop.record().state == "failed")
    let next = try workshop.runner("pipeline.yaml", "--set", "bad.mode=ok")
    #expect(next.status == 0 && next.error.contains("hit    good"), "\(next.error)")
  }

  private func isGone(_ process: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
    return status.split(separator: ")").last.map { $0.hasPrefix(" Z") } ?? true
  }

  private func sleeping(_ mode: String) throws -> (Workshop, Workshop.Running, [Int32]) {
    let workshop = try Workshop()
    let names = ["one", "two", "three"]
    try workshop.pipeline(names.map { ($0, [:], "mode: \(mode), text: \(workshop.folder)/\($0).pids") })
    let running = try workshop.start(
      Workshop.runner,
      ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", "--jobs", "3", "--cpus", "3"])
    let read = { names.map { (try? workshop.read("\($0).pids")) ?? "" } }
    #expect(eventually { read().allSatisfy { $0.contains(" ") } })
    let processes = read().flatMap { $0.split(separator: " ").compactMap { Int32($0) } }
    #expect(processes.count == (mode == "orphan" ? 6 : 3))
    return (workshop, running, processes)
  }

  @Test("are all stopped by one signal, with all that they started")
  func stopped() throws {
    let (workshop, running, processes) = try sleeping("orphan")
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 128 + SIGINT)
    #expect(try running.result().error.hasSuffix("stopped by signal 2; run the same command again to continue\n"))
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(try workshop.record().state == "stopped")
    #expect(try workshop.record().results.values.allSatisfy { $0 == "failed" })
    for name in ["one", "two", "three"] { #expect(workshop.list("artifacts/\(name)").isEmpty) }
  }

  @Test("are all killed at once by a second signal, though they ignore the first")
  func killed() throws {
    let (_, running, processes) = try sleeping("stubborn")
    kill(running.process.processIdentifier, SIGINT)
    usleep(300_000)
    #expect(running.process.isRunning)
    let start = Date()
    kill(running.process.processIdentifier, SIGINT)
    running.process.waitUntilExit()
    #expect(Date().timeIntervalSince(start) < 3)
    #expect(running.process.terminationStatus == 128 + SIGINT)
    #expect(eventually { processes.allSatisfy(isGone) })
  }

  @Test("end with a runner that is killed")
  func runnerKilled() throws {
    let (workshop, running, processes) = try sleeping("sleep")
    let status = try workshop.runner("status", "pipeline.yaml")
    #expect(status.output.contains(": one, two, three\n"), "\(status.said)")
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
    #expect(eventually { processes.allSatisfy(isGone) })
    let after = try workshop.runner("status", "pipeline.yaml")
    #expect(after.output.contains(": died, "), "\(after.said)")
    let page = try workshop.run(Workshop.runner, ["report", "pipeline.yaml", "--output", "page.html"])
    #expect(page.status == 0, "\(page.said)")
    let text = try workshop.read("page.html")
    #expect(text.contains("The runner ended without a word") && text.contains("<g class=\"died\">"))
    #expect(!text.contains("<g class=\"running\">"), "no stage of a dead run goes on")
  }
}

@Suite("Attempts of a stage")
struct AttemptTests {
  @Test("are repeated after exit code 75, each with a log, and are not part of the key")
  func retries() throws {
    let workshop = try Workshop()
    let params = "mode: flaky, text: \(workshop.folder)/attempts, count: 3"
    try workshop.pipeline([("s", [:], params)], fields: ["s": "retries: 2"])
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("attempt 2 of 3 begins in 1 s\n"), "\(result.error)")
    let run = try #require(workshop.list("artifacts/runs").last)
    #expect(
      workshop.list("artifacts/runs/\(run)").filter { $0.hasSuffix(".log") } == ["s.1.log", "s.2.log", "s.3.log"])
    #expect(try workshop.read("artifacts/runs/\(run)/run.json").contains("\"attempts\": 3"))
    try workshop.pipeline([("s", [:], params)], fields: ["s": "retries: 0"])
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
  }

  @Test("end after the last, and are not repeated after an error that is not for the moment")
  func exhausted() throws {
    let workshop = try Workshop()
    try workshop.pipeline(
      [("s", [:], "mode: flaky, text: \(workshop.folder)/attempts, count: 9")], fields: ["s": "retries: 1"])
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1 && result.error.contains("s failed (exit code 75)"), "\(result.error)")
    #expect(try workshop.read("attempts") == "..")
    try workshop.pipeline([("s", [:], "mode: fail")], fields: ["s": "retries: 5"])
    let failed = try workshop.runner("pipeline.yaml")
    #expect(failed.status == 1 && !failed.error.contains("attempt 2"), "\(failed.error)")
  }

  @Test("end at the timeout, politely first")
  func timeout() throws {
    for mode in ["sleep", "orphan"] {
      let workshop = try Workshop()
      try workshop.pipeline([("s", [:], "mode: \(mode), text: \(workshop.folder)/pids")], fields: ["s": "timeout: 5s"])
      let result = try workshop.runner("pipeline.yaml")
      #expect(
        result.status == 1 && result.error.contains("s was ended: it took longer than its timeout, 5s"),
        "\(result.error)")
      for process in try workshop.read("pids").split(separator: " ").compactMap({ Int32($0) }) {
        #expect(eventually { kill(process, 0) != 0 })
      }
    }
  }

  @Test("have limits that are checked before anything runs")
  func grammar() throws {
    func problems(_ field: String) throws -> String {
      let workshop = try Workshop()
      try workshop.pipeline([("s", [:], "")], fields: ["s": field])
      return try workshop.runner("pipeline.yaml").error
    }
    #expect(try problems("timeout: soon").contains("timeout is \"soon\"; give a time such as 30s, 90m, 12h or 7d"))
    #expect(try problems("retries: -1").contains("retries is \"-1\"; give a whole number from 0 to 100"))
    #expect(try problems("resources: { cpus: all }").contains("cpus is \"all\"; give a whole number from 1 to 4096"))
    #expect(
      try problems("resources: { memory: 4 }").contains("memory is \"4\"; give a size such as 512MB, 1.5GB or 4GiB"))
    #expect(try problems("resources: { gpu: 1 }").contains("resources has no \"gpu\"; there are cpus, memory"))
  }

  @Test("have sizes as people write them")
  func sizes() {
    let sizes: [(String, Int?)] = [
      ("512MB", 512_000_000), ("1.5GB", 1_500_000_000), ("4GiB", 4_294_967_296), ("12B", 12), ("1KB", 1000), ("4", nil),
      ("GB", nil), ("-1GB", nil), ("1e3GB", nil), ("0GB", nil), ("1.2.3MB", nil), ("99999999TB", nil), ("4gb", nil),
    ]
    for (text, bytes) in sizes { #expect(ByteSize(text)?.bytes == bytes, "\(text)") }
    #expect(
      [0, 999, 1000, 1_234_567, 123_456_789].map { ByteSize.text($0) } == [
        "0 B", "999 B", "1.0 KB", "1.2 MB", "123 MB",
      ])
  }
}
