package import Artifacts
import SystemFiles

/// Loads a pipeline: reads its file, finds the programs (builds them if need be), has them describe themselves, and
/// checks that all agree.
package struct PipelineLoader {
  package var path: String
  package var overrides: [String] = []
  /// The folder of the stage programs; `nil` for those beside an installed runner, or of the checkout.
  package var stagesFolder: String?
  /// The folder of the store; `nil` for the one that the file names.
  package var storeFolder: String?
  /// `true` if programs need not be asked for what they said of themselves before.
  package var remembersDescriptions = true
  /// `true` if all programs are asked whether they take their params. A run asks those that are to run.
  package var checksParams = false

  package init(path: String) { self.path = path }

  /// A checked pipeline with its store.
  package struct Loaded {
    package let pipeline: CheckedPipeline
    package let store: Store
    package let fileDigest: Digest
    package let digests: KnownDigests
    package let descriptions: KnownDescriptions
  }

  /// - Throws: `InvalidPipeline` with all that is wrong, before anything has run.
  package func load(signals: StopSignals, say: (String) -> Void) throws -> Loaded {
    let overrides = try overrides.map { try Override($0) }
    var reader = try PipelineReader(path: path)
    let definition = try reader.read()
    let graph = GraphCheck(definition)
    let problems = reader.problems + graph.problems
    guard let programs = try programs(of: definition, isBroken: !problems.isEmpty, signals: signals, say: say) else {
      throw reader.error(problems)
    }
    let folder = Files.folder(of: path)
    let store = store(of: definition)
    let digests = KnownDigests(store: store)
    let finder = ProgramFinder(folder: programs, pipelineFolder: folder, digests: digests)
    let descriptions = KnownDescriptions(store: store)
    func check(remembering: Bool) throws -> (CheckedPipeline, [Diagnostic]) {
      let found = try DescribedPrograms(definition, finder, descriptions, asksAll: !remembering, signals)
      var check = PipelineCheck(definition, descriptions: found.descriptions)
      let pipeline = check.check(
        graph.order, programs: found.programs, overrides: overrides, folder: folder,
        environment: ProcessEnvironment.inherited)
      return (pipeline, problems + found.problems + check.problems)
    }
    var (pipeline, found) = try check(remembering: remembersDescriptions)
    // A program of one's own may have learned something that its identity does not show.
    if !found.isEmpty, remembersDescriptions { (pipeline, found) = try check(remembering: false) }
    guard found.isEmpty else { throw reader.error(found) }
    if checksParams {
      let refusals = try ParamsCheck(signals: signals).refusals(of: pipeline.stages)
      let refused = refusals.compactMap { definition.problem($0) }
      guard refused.isEmpty else { throw reader.error(refused) }
    }
    return Loaded(
      pipeline: pipeline, store: store, fileDigest: Digest.of(reader.text), digests: digests,
      descriptions: descriptions)
  }

  /// The name and the store of a pipeline, from its file alone: programs need not be there.
  package func outline() throws -> PipelineOutline {
    var reader = try PipelineReader(path: path)
    let definition = try reader.read()
    let problems = reader.problems + GraphCheck(definition).problems
    guard problems.isEmpty else { throw reader.error(problems) }
    return PipelineOutline(
      name: definition.name, stages: definition.stages.map(\.name.value), store: store(of: definition))
  }

  private func store(of definition: PipelineDefinition) -> Store {
    Store(root: storeFolder ?? Files.path(definition.artifacts, in: Files.folder(of: path)))
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
}
