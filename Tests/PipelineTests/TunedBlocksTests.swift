import Foundation
import Testing

/// A search by several processes that share it, by the released programs.
@Suite("A search in blocks", .serialized)
struct TunedBlocksTests {
  private let workshop: Workshop
  private static let stages = ["--stages-dir", Workshop.released]
  private static let threeAtOnce = ["--cpus", "3"]

  init() throws { workshop = try Workshop.withReleasedPrograms() }

  private func write(_ fields: String = "retries: 0", params: String = "trials: 8") throws {
    try workshop.write(
      """
      sources:
        shop: { path: \(Workshop.package)/Examples/shop }
      stages:
        ingest:
          inputs: { source: sources.shop }
          params:
            { format: delimited, interactions-file: orders.csv, query: customer, candidate: product,
              timestamp: ordered at, on-bad-row: skip }
        vocab:
          inputs: { interactions: ingest.interactions }
        tune:
          inputs: { train: ingest.interactions, vocabularies: vocab.vocabularies }
          params: { \(params) }
          \(fields)

      """, to: "pipeline.yaml")
  }

  private func run(_ words: [String] = []) throws -> Workshop.Result {
    try workshop.run(Workshop.runner, ["pipeline.yaml"] + Self.stages + words)
  }

  /// The digest of the recipe that the newest run made or found.
  private func recipe() throws -> String? {
    try workshop.record().stages.first { $0.stage == "tune" }?.outputs["recipe"]?.digest
  }

  /// The digest of the recipe by a single process, and the name of the version, of a run that is forgotten.
  private func whole() throws -> (recipe: String, version: String) {
    try write()
    let result = try run()
    #expect(result.status == 0, "\(result.said)")
    let (digest, version) = (try #require(try recipe()), workshop.version(of: "tune"))
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/artifacts/tune")
    return (digest, version)
  }

  /// Keeps the first round from ending, as if another process did its first trial.
  ///
  /// - Returns: what lets it go when it is closed.
  private func holdFirstTrial(_ version: String) throws -> FileHandle {
    let name = "artifacts/tune/.work-\(version)/trials/round-1.trial-1.part-1.lock"
    try workshop.write("", to: name)
    let file = try #require(FileHandle(forUpdatingAtPath: "\(workshop.folder)/\(name)"))
    // Programs that the test starts must not hold it too.
    #expect(fcntl(file.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0)
    #expect(flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    return file
  }

  private func expectNothingLeft() {
    #expect(workshop.list("artifacts/tune").filter { $0.hasPrefix(".") }.isEmpty)
  }

  @Test(
    "has the same bytes as one by a single process, side by side as one after another",
    arguments: [("resources: { cpus: 1 }", 3), ("retries: 0", 2)])
  func sameBytes(_ field: String, _ blocks: Int) throws {
    let whole = try whole()
    try write("\(field)\n    blocks: \(blocks)")
    let divided = try run(Self.threeAtOnce)
    #expect(divided.status == 0, "\(divided.said)")
    #expect(try recipe() == whole.recipe)
    // The progress of the whole is shown, by whichever block makes it.
    #expect(divided.error.contains("block 1: tune: round 1 of "), "\(divided.error)")
    #expect(divided.error.contains("block 1: tune: trial 1 of "), "\(divided.error)")
    #expect(divided.error.contains("\(blocks) of \(blocks) blocks are done\n"), "\(divided.error)")
    if field == "retries: 0" { #expect(!divided.error.contains("block 2: tune: trial "), "\(divided.error)") }
    expectNothingLeft()
  }

  /// The number of the process that does a block of the search in this workshop.
  private func process(ofBlock block: Int) -> pid_t? {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let number = pid_t(name), let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
        continue
      }
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      guard words.first?.hasSuffix("/tune") == true, words.contains(where: { $0.contains(workshop.folder) }),
        let place = words.firstIndex(of: "--block"), words.dropFirst(place + 1).first == "\(block)"
      else { continue }
      return number
    }
    return nil
  }

  private var results: [String] {
    let work = workshop.list("artifacts/tune").first { $0.hasPrefix(".work-") } ?? "none"
    return workshop.list("artifacts/tune/\(work)/trials").filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
  }

  @Test("comes to its end without a block that is killed midway, and gives the same bytes")
  func killed() throws {
    let whole = try whole()
    try write("resources: { cpus: 1 }\n    blocks: 3")
    let trial = try holdFirstTrial(whole.version)
    let first = try workshop.start(Workshop.runner, ["pipeline.yaml"] + Self.stages + Self.threeAtOnce)
    #expect(eventually(seconds: 60) { results.count == 7 })
    #expect(process(ofBlock: 2).map { kill($0, SIGKILL) } == 0)
    try trial.close()
    first.process.waitUntilExit()
    let failed = try first.result()
    #expect(failed.status == 1, "\(failed.said)")
    #expect(failed.error.contains("tune failed (killed by signal 9"), "\(failed.error)")
    // The others finished the search, and nothing of it is done again.
    let there = results
    #expect(there.contains("towers.part-1.json"), "\(there)")
    let again = try run(Self.threeAtOnce)
    #expect(again.status == 0, "\(again.said)")
    #expect(again.error.contains("tune: goes on after \(there.count) results "), "\(again.error)")
    #expect(!again.error.contains("tune: trial "), "\(again.error)")
    #expect(try recipe() == whole.recipe)
    expectNothingLeft()
  }

  @Test("goes on where a runner was killed, losing no result")
  func killedRunner() throws {
    let whole = try whole()
    try write("resources: { cpus: 1 }\n    blocks: 2", params: "trials: 8")
    let trial = try holdFirstTrial(whole.version)
    let first = try workshop.start(Workshop.runner, ["pipeline.yaml"] + Self.stages + Self.threeAtOnce)
    #expect(eventually(seconds: 60) { results.count >= 3 })
    kill(first.process.processIdentifier, SIGKILL)
    first.process.waitUntilExit()
    // The stages that it had started end with it.
    #expect(eventually { process(ofBlock: 1) == nil && process(ofBlock: 2) == nil })
    try trial.close()
    let there = results
    let again = try run(Self.threeAtOnce)
    #expect(again.status == 0, "\(again.said)")
    let counted = try #require(again.error.firstMatch(of: /block 1: tune: goes on after (\d+) results/))
    #expect(Int(counted.1) ?? 0 >= there.count, "\(there)\n\(again.error)")
    #expect(try recipe() == whole.recipe)
    expectNothingLeft()
  }

  @Test("is an array job whose tasks may run one after another, and be lost")
  func slurm() throws {
    let whole = try whole()
    let slurm = try FalseSlurm()
    try write("blocks: 3")
    try slurm.workshop.write(workshop.read("pipeline.yaml"), to: "pipeline.yaml")
    try slurm.behave(["tune.blocks": ["2=NODE_FAIL"]])
    let result = try slurm.workshop.run(
      Workshop.runner, ["pipeline.yaml", "--executor", "slurm"] + Self.stages, environment: slurm.environment)
    #expect(result.status == 0, "\(result.said)")
    #expect(try slurm.state().stages.suffix(4) == ["blocks", "tune", "blocks", "tune"])
    let made = try slurm.workshop.record().stages.first { $0.stage == "tune" }
    #expect(made?.outputs["recipe"]?.digest == whole.recipe)
    let run = try #require(slurm.workshop.list("artifacts/runs").last)
    func log(_ name: String) throws -> String { try slurm.workshop.read("artifacts/runs/\(run)/tune.\(name).log") }
    #expect(try log("block-1.1").contains("tune: trial 1 of ") && !log("block-3.1").contains("tune: trial "))
    #expect(try !log("block-2.1").contains("tune: trial ") && !log("1").contains("tune: trial "))
  }

  @Test("refuses a limit of time, which blocks would not reach together")
  func minutes() throws {
    try write("blocks: 2", params: "minutes: 3")
    let result = try run()
    #expect(result.status == 1, "\(result.said)")
    #expect(result.error.contains("tune: --minutes is given with --blocks"), "\(result.error)")
    #expect(workshop.list("artifacts/tune").isEmpty)
  }
}
