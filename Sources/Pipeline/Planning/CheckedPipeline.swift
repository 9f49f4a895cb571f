import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles

/// A pipeline whose every name, type and value fits what its programs say of themselves.
package struct CheckedPipeline: Sendable {
  package let name: String
  /// The pipeline file's own folder; sources are named from there.
  package let folder: String
  package let sources: [SourceDefinition]
  /// Each behind those whose outputs it reads; otherwise as in the file.
  package let stages: [CheckedStage]

  package func stage(_ name: String) -> CheckedStage? { stages.first { $0.name == name } }

  func source(_ name: String) -> SourceDefinition? { sources.first { $0.name.value == name } }

  package func path(of source: SourceDefinition) -> String { Files.path(source.path, in: folder) }

  /// The stages that read an output of `stage`, directly or through others, and itself.
  package func descendants(of stage: String) -> Set<String> {
    var found: Set = [stage]
    for other in stages where !found.isDisjoint(with: other.parents) { found.insert(other.name) }
    return found
  }

  /// The stages whose outputs `stages` read, directly or through others, and themselves.
  func withAncestors(_ stages: Set<String>) -> Set<String> {
    self.stages.reversed().reduce(into: stages) { found, stage in
      if found.contains(stage.name) { found.formUnion(stage.parents) }
    }
  }
}

package struct CheckedStage: Sendable {
  package let name: String
  package let program: Program
  package let description: StageDescription
  /// Where each given input comes from.
  package let inputs: [String: Reference]
  /// Those given, typed.
  package let givenParams: [String: JSON]
  /// Options given that shape no output, and so are in no key.
  package var options: [String: JSON] = [:]
  /// Declared variables with their values; nil for one that is not set.
  package let environment: [String: String?]

  /// Outputs that other stages read.
  var readOutputs: Set<String> = []

  /// What the stage is asked to make: an optional output only where another stage reads it, or a param lists it.
  package var outputs: [StageDescription.Port] {
    let params = params
    return description.outputs.filter { port in
      let listed = port.listedIn.flatMap { params[$0]?.array } ?? []
      return !port.isOptional || readOutputs.contains(port.name) || listed.contains(JSON(port.name))
    }
  }

  /// All of them, defaults included.
  package var params: [String: JSON] {
    var params = Dictionary(description.params.map { ($0.name, $0.canonicalDefault) }) { first, _ in first }
    params.merge(givenParams) { $1 }
    return params
  }

  package var parents: Set<String> {
    Set(inputs.values.compactMap { if case .output(let stage, _) = $0 { stage } else { nil } })
  }
}
