package import Artifacts
import SystemFiles

/// Loads a pipeline: reads its file, finds the programs (builds them if need be), has them describe themselves, and
/// checks that all agree.
package struct PipelineLoader {
  package var path: String
  package var overrides: [String] = []
  /// The folder of the stage programs; `nil` for those beside an installed runner, or of the checkout.
  package var stagesFolder: String?

  package init(path: String) { self.path = path }

  package struct Loaded {
    package let pipeline: CheckedPipeline
    /// The folder of the store that the file names, relative to the working folder.
    package let artifacts: String
    package let fileDigest: Digest
  }

  /// - Throws: `InvalidPipeline` with all that is wrong, before anything has run.
  package func load(signals: StopSignals, say: (String) -> Void) throws -> Loaded {
    let overrides = try overrides.map { try Override($0) }
    var reader = try PipelineReader(path: path)
    let definition = try reader.read()
    let graph = GraphCheck(definition)
    var problems = reader.problems + graph.problems
    guard let programs = try programs(of: definition, isBroken: !problems.isEmpty, signals: signals, say: say) else {
      throw reader.error(problems)
    }
    let folder = Files.folder(of: path)
    let finder = ProgramFinder(folder: programs, pipelineFolder: folder)
    var found: [String: Program] = [:]
    var descriptions: [String: StageDescription] = [:]
    var described: [Program: StageDescription] = [:]
    for stage in definition.stages {
      switch try finder.find(stage) {
      case .failure(let diagnostic): problems.append(diagnostic)
      case .success(let program):
        found[stage.name.value] = program
        do {
          let description = try described[program] ?? describe(program, signals: signals)
          described[program] = description
          descriptions[stage.name.value] = description
        } catch let error as StageDescription.Unusable {
          problems.append(Diagnostic(stage.program.place, "\(program.path): \(error)"))
        } catch let error as PipelineError {
          problems.append(Diagnostic(stage.program.place, "\(error)"))
        }
      }
    }
    var check = PipelineCheck(definition, descriptions: descriptions)
    let pipeline = check.check(
      graph.order, programs: found, overrides: overrides, folder: folder, environment: ProcessEnvironment.inherited)
    problems += check.problems
    guard problems.isEmpty else { throw reader.error(problems) }
    return Loaded(
      pipeline: pipeline, artifacts: Files.path(definition.artifacts, in: folder), fileDigest: Digest.of(reader.text))
  }

  /// - Returns: nil if the programs are not built and the file is broken, since the build would be for nothing.
  private func programs(
    of definition: PipelineDefinition, isBroken: Bool, signals: StopSignals, say: (String) -> Void
  ) throws -> ProgramFolder? {
    if let stagesFolder {
      guard Files.isFolder(stagesFolder) else { throw PipelineError.noStagesFolder(stagesFolder) }
      return ProgramFolder(path: stagesFolder)
    }
    let runner = ProgramFinder.runner
    // Programs that are named by paths need no build of ours.
    if definition.stages.allSatisfy({ $0.program.value.contains("/") }) {
      return ProgramFolder(path: Files.folder(of: runner))
    }
    if let installed = ProgramFinder.installed(beside: runner) { return ProgramFolder(path: installed) }
    guard let root = ReleaseBuild.checkout(above: runner) else { throw PipelineError.noPrograms(runner: runner) }
    let build = ReleaseBuild(root: root)
    return isBroken ? try build.current() : try build.programs(signals: signals, say: say)
  }

  private func describe(_ program: Program, signals: StopSignals) throws -> StageDescription {
    var answer: [UInt8] = []
    var child = ChildProcess(
      program: program.path, arguments: ["--describe"], environment: ProcessEnvironment.ofStage(declared: [:]))
    child.timeoutSeconds = 30
    let outcome = try child.run(signals: signals) { stream, bytes in
      if stream == .output, answer.count < 16 << 20 { answer += bytes }
    }
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      throw StageDescription.Unusable.noAnswer(outcome.ending)
    }
    return try StageDescription(answer)
  }
}
