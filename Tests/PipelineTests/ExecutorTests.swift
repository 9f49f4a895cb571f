import Artifacts
import CanonicalJSON
import Foundation
import Synchronization
import Testing

@testable import Pipeline

@Suite("Executors")
struct ExecutorTests {
  /// Hands every command to a shell, as a cluster's client does, and knows only how it ended.
  private final class ShellExecutor: Executor {
    let commands = Mutex<[StageCommand]>([])

    func run(
      _ command: StageCommand, signals: StopSignals, output: ([UInt8]) -> Void
    ) throws -> ProcessOutcome {
      commands.withLock { $0.append(command) }
      let outcome = try ChildProcess(
        program: "/bin/sh", arguments: ["-c", "\"$0\" \"$@\"", command.program] + command.arguments,
        environment: command.environment
      ).run(signals: signals) { output($1) }
      return ProcessOutcome(outcome.ending, seconds: outcome.seconds, stoppedBy: outcome.stoppedBy)
    }
  }

  private func run(_ workshop: Workshop, _ executor: ShellExecutor) throws -> RunRecord {
    let signals = try StopSignals()
    var loader = PipelineLoader(path: "\(workshop.folder)/pipeline.yaml")
    loader.stagesFolder = "\(workshop.folder)/programs"
    let loaded = try loader.load(signals: signals) { _ in }
    var options = PipelineRun.Options()
    options.executor = executor
    var record = try RunRecord(
      store: loaded.store, pipeline: "notes", file: loader.path, fileDigest: loaded.fileDigest, revision: nil)
    let run = PipelineRun(loaded, options: options, signals: signals) { _ in }
    do { try run.run(&record) } catch let error as PipelineError { #expect("\(error)".contains("exit code 1")) }
    return record
  }

  @Test("may be replaced: parents run first, outputs are published, unknown measurements are omitted")
  func other() throws {
    let workshop = try Workshop()
    try workshop.pipeline([
      ("end", ["a": "left.out", "b": "right.out"], ""), ("right", ["a": "start.out"], ""),
      ("left", ["a": "start.out"], ""), ("start", [:], ""),
    ])
    let executor = ShellExecutor()
    let record = try run(workshop, executor)
    #expect(executor.commands.withLock { $0.map(\.stage) } == ["start", "right", "left", "end"])
    #expect(record.entries.map(\.result) == ["made", "made", "made", "made"])
    #expect(try workshop.record().results.count == 4)
    let json = try workshop.read("artifacts/runs/\(record.identifier)/run.json")
    #expect(json.contains("\"exit_code\": 0") && json.contains("\"seconds\""))
    #expect(!json.contains("peak_bytes") && !json.contains("processor_seconds"))
    #expect(try workshop.read("artifacts/runs/\(record.identifier)/end.1.log").contains("note: ok"))
  }

  @Test("publish no output of a failed command, and start no downstream stage")
  func failure() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: fail"), ("t", ["a": "s.out"], "")])
    let executor = ShellExecutor()
    let record = try run(workshop, executor)
    #expect(record.state == "failed")
    #expect(executor.commands.withLock { $0.map(\.stage) } == ["s"])
    #expect(workshop.list("artifacts/s").isEmpty)
  }

  @Test("pass inputs, outputs, params and options by the stage contract, long params in a file")
  func arguments() throws {
    let description = StageDescription(
      contract: 1, version: 1, inputs: [.init(name: "a", type: "note", version: 1, isOptional: false)],
      outputs: [
        .init(name: "out", type: "note", version: 1, isOptional: false),
        .init(name: "more", type: "note", version: 1, isOptional: true),
      ], params: [])
    let long = String(repeating: "x", count: StageCommand.longestArgument + 1)
    let stage = CheckedStage(
      name: "s", program: Program(path: "programs/s", identity: "0"), description: description,
      inputs: ["a": .source("x")],
      givenParams: ["count": 3, "text": "two words", "long": JSON(long), "words": ["one"], "none": .null],
      options: ["verbose": .bool(true), "dry": .bool(false), "folder": "here"], environment: ["CITY": "Bern"])
    let command = StageCommand(
      stage, inputs: ["a": "data.txt"], staging: "store/s/.staging", logs: "runs/1", threads: 2, work: "/work/s")
    #expect(
      command.arguments == [
        "--input", "a=data.txt", "--output", "out=store/s/.staging/out.tandem", "--count=3", "--text=two words",
        "--params-file", "runs/1/s.params.json", "--threads", "2", "--work", "/work/s", "--folder=here", "--verbose",
      ])
    #expect(command.environment["CITY"] == "Bern")
    #expect(command.log == "runs/1/s.1.log")
    let params = try #require(command.params)
    #expect(try JSON.parse(params.contents) == ["long": JSON(long), "words": ["one"]])
  }
}

@Suite("The schedule of a run")
struct ScheduleTests {
  private let diamond: [(name: String, parents: Set<String>)] = [
    ("end", ["left", "right"]), ("left", ["start"]), ("right", ["start"]), ("start", ["elsewhere"]),
  ]

  @Test("starts a stage once all its parents have finished, otherwise in the given order")
  func order() {
    var schedule = Schedule(diamond)
    var order: [String] = []
    while let name = schedule.start() {
      order.append(name)
      schedule.finish(name)
    }
    #expect(order == ["start", "left", "right", "end"])
    #expect(schedule.waiting.isEmpty)
  }

  @Test("offers independent stages at the same time")
  func sideBySide() {
    var schedule = Schedule(diamond)
    #expect(schedule.start() == "start")
    #expect(schedule.start() == nil)
    schedule.finish("start")
    #expect([schedule.start(), schedule.start(), schedule.start()] == ["left", "right", nil])
    schedule.finish("right")
    #expect(schedule.start() == nil)
    schedule.finish("left")
    #expect(schedule.start() == "end")
  }

  @Test("never starts stages that wait for each other")
  func cycle() {
    var schedule = Schedule([("a", ["b"]), ("b", ["a"]), ("c", ["a"]), ("d", [])])
    #expect(schedule.start() == "d")
    schedule.finish("d")
    #expect(schedule.start() == nil)
    #expect(schedule.waiting.map(\.name) == ["a", "b", "c"])
  }
}
