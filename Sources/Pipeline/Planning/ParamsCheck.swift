import Artifacts
import ParallelLoops
import SystemFiles

/// Asks programs whether they would take their params, with the inputs and outputs that they are given, before any of them
/// runs.
///
/// Each program is the judge of its own rules, such as params that go only with others, so that no second list of them
/// has to agree with it.
struct ParamsCheck {
  /// A stage whose program refuses its params.
  struct Refusal {
    let stage: String
    /// The program's own words.
    let reason: String
  }

  private static let timeoutSeconds = 30.0

  let signals: StopSignals

  /// - Throws: `PipelineError.paramsRefused` for the first stage whose program refuses its params.
  func require(_ stages: [CheckedStage]) throws {
    if let refusal = try refusals(of: stages).first {
      throw PipelineError.paramsRefused(stage: refusal.stage, reason: refusal.reason)
    }
  }

  /// Asks all programs that can be asked, side by side.
  func refusals(of stages: [CheckedStage]) throws -> [Refusal] {
    let asked = stages.filter(\.description.checksParams)
    guard !asked.isEmpty else { return [] }
    let folder = Files.temporarySibling(of: "\(ProcessEnvironment.inherited["TMPDIR"] ?? "/tmp")/tandem-params")
    _ = try Host.makeNewFolder(folder)
    defer { Files.remove(folder) }
    let answers = parallelMap(asked.count, threads: max(availableProcessors(), 4)) { place in
      Result { try ask(asked[place], folder) }
    }
    return try zip(asked, answers).compactMap { stage, answer in
      try answer.get().map { Refusal(stage: stage.name, reason: $0) }
    }
  }

  /// - Returns: the reason for which the program refuses the params; `nil` if it takes them.
  private func ask(_ stage: CheckedStage, _ folder: String) throws -> String? {
    // The program looks at the names of its inputs and outputs alone.
    let command = StageCommand(
      stage, inputs: stage.inputs.mapValues { "\($0)" }, staging: folder, logs: folder, threads: nil,
      work: stage.description.keepsWork ? folder : nil)
    try command.writeParams()
    var child = ChildProcess(
      program: command.program, arguments: command.arguments + ["--check"], environment: command.environment)
    child.timeoutSeconds = Self.timeoutSeconds
    var said: [UInt8] = []
    let outcome = try child.run(signals: signals) { stream, bytes in
      if stream == .error, said.count < 1 << 20 { said += bytes }
    }
    try outcome.checkStopped()
    if outcome.isSuccess { return nil }
    let last = String(decoding: said, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    return last.isEmpty ? "its program does not answer --check (\(outcome.ending))" : StageProgress.withoutProgram(last)
  }
}

extension PipelineDefinition {
  /// The place of what a program refused: the param that its words begin with, or the stage.
  func problem(_ refusal: ParamsCheck.Refusal) -> Diagnostic? {
    guard let stage = stage(refusal.stage) else { return nil }
    let option = refusal.reason.prefix { !" =:".contains($0) }
    let param = stage.params.first { option == "--\($0.name.value)" }
    return Diagnostic(param?.name.place ?? stage.name.place, "\(refusal.stage): \(refusal.reason)")
  }
}
