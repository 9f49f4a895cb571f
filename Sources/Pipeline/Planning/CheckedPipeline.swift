import Artifacts
package import CanonicalJSON
import Glibc
import SystemFiles

/// A pipeline whose names, types and values agree with the descriptions of its programs.
package struct CheckedPipeline: Sendable {
  package let name: String
  /// The folder of the pipeline file; paths of sources are relative to it.
  package let folder: String
  package let sources: [SourceDefinition]
  /// The stages, topologically sorted: each stage follows those whose outputs it reads. Ties keep the order of the
  /// file.
  package let stages: [CheckedStage]
  /// The executor that runs stages; this machine if `nil`.
  package var executor: ExecutorChoice?
  package var notify = NotifyDefinition()

  package func stage(_ name: String) -> CheckedStage? { stages.first { $0.name == name } }

  func source(_ name: String) -> SourceDefinition? { sources.first { $0.name.value == name } }

  package func path(of source: SourceDefinition) -> String { Files.path(source.path, in: folder) }

  /// The downstream stages of `stage`, and itself.
  package func descendants(of stage: String) -> Set<String> {
    var found: Set = [stage]
    for other in stages where !found.isDisjoint(with: other.parents) { found.insert(other.name) }
    return found
  }

  /// The upstream stages of `stages`, and themselves.
  package func withAncestors(_ stages: Set<String>) -> Set<String> {
    self.stages.reversed().reduce(into: stages) { found, stage in
      if found.contains(stage.name) { found.formUnion(stage.parents) }
    }
  }
}

/// A stage of a checked pipeline.
package struct CheckedStage: Sendable {
  package let name: String
  package let program: Program
  package let description: StageDescription
  /// The source or output that each given input is read from.
  package let inputs: [String: Reference]
  /// Params that the pipeline file or the command line gives, typed.
  package let givenParams: [String: JSON]
  /// Options that do not affect outputs, and so are not part of the cache key.
  package var options: [String: JSON] = [:]
  /// Declared environment variables with their values; nil for one that is not set.
  package let environment: [String: String?]
  package var limits = StageLimits()
  /// Paths of files that the program depends on, where it is one of the user's own.
  var depends: [String] = []

  /// Outputs that other stages read.
  var readOutputs: Set<String> = []

  /// Outputs that the stage has to make: an optional one only if another stage reads it or a param lists it.
  package var outputs: [StageDescription.Port] {
    let params = params
    return description.outputs.filter { port in
      let listed = port.listedIn.flatMap { params[$0]?.array } ?? []
      return !port.isOptional || readOutputs.contains(port.name) || listed.contains(JSON(port.name))
    }
  }

  /// All params, defaults included.
  package var params: [String: JSON] {
    var params = Dictionary(description.params.map { ($0.name, $0.canonicalDefault) }) { first, _ in first }
    params.merge(givenParams) { $1 }
    return params
  }

  /// Names of the stages whose outputs this stage reads.
  package var parents: Set<String> {
    Set(inputs.values.compactMap { if case .output(let stage, _) = $0 { stage } else { nil } })
  }
}
