import Artifacts
import ParallelLoops

/// The programs of all stages and what they say of themselves.
struct DescribedPrograms {
  private(set) var programs: [String: Program] = [:]
  private(set) var descriptions: [String: StageDescription] = [:]
  private(set) var problems: [Diagnostic] = []

  /// - Parameter asksAll: `true` if no answer is taken from what is known.
  init(
    _ definition: PipelineDefinition, _ finder: ProgramFinder, _ known: KnownDescriptions, asksAll: Bool,
    _ signals: StopSignals
  ) throws {
    for stage in definition.stages {
      switch try finder.find(stage) {
      case .failure(let diagnostic): problems.append(diagnostic)
      case .success(let program): programs[stage.name.value] = program
      }
    }
    let all = Set(programs.values).sorted { $0.path < $1.path }
    var answers: [Program: Result<[UInt8], any Error>] = [:]
    if !asksAll {
      for program in all { answers[program] = known.answer(of: program).map { .success($0) } }
    }
    let silent = all.filter { answers[$0] == nil }
    // Slow programs, such as those that import much, are asked side by side.
    let asked = parallelMap(silent.count, threads: max(availableProcessors(), 4)) { place in
      Result { try Self.ask(silent[place], signals: signals) }
    }
    for (program, answer) in zip(silent, asked) {
      answers[program] = answer
      if case .success(let answer) = answer { known.learn(answer, of: program) }
    }
    for stage in definition.stages {
      guard let program = programs[stage.name.value], let answer = answers[program] else { continue }
      do { descriptions[stage.name.value] = try StageDescription(answer.get()) } catch let error
        as StageDescription.Unusable
      {
        problems.append(Diagnostic(stage.program.place, "\(program.path): \(error)"))
      } catch let error as PipelineError {
        problems.append(Diagnostic(stage.program.place, "\(error)"))
      }
    }
  }

  private static func ask(_ program: Program, signals: StopSignals) throws -> [UInt8] {
    var answer: [UInt8] = []
    var child = ChildProcess(
      program: program.path, arguments: ["--describe"], environment: ProcessEnvironment.ofStage(declared: [:]))
    child.timeoutSeconds = 30
    let outcome = try child.run(signals: signals) { stream, bytes in
      if stream == .output, answer.count < 16 << 20 { answer += bytes }
    }
    try outcome.checkStopped()
    guard outcome.isSuccess else { throw StageDescription.Unusable.noAnswer(outcome.ending) }
    return answer
  }
}
