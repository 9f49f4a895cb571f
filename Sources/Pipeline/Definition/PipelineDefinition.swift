package import Artifacts
import SystemFiles

/// A value and where it stands.
package struct Located<Value: Sendable>: Sendable {
  package var value: Value
  package var place: Place

  package init(_ value: Value, at place: Place) {
    self.value = value
    self.place = place
  }
}

/// The contents of a pipeline file, not yet checked against its programs. Docs/reference/pipeline-yaml.md has the
/// grammar.
package struct PipelineDefinition: Sendable {
  package var name: String
  /// The folder of the store, from the folder of the file; "artifacts" if not given.
  package var artifacts: String
  package var sources: [SourceDefinition]
  package var stages: [StageDefinition]
  /// The executor that runs stages; this machine if `nil`.
  package var executor: ExecutorChoice?
  package var notify = NotifyDefinition()

  package func source(_ name: String) -> SourceDefinition? { sources.first { $0.name.value == name } }
  package func stage(_ name: String) -> StageDefinition? { stages.first { $0.name.value == name } }
}

/// Raw data from outside the store.
package struct SourceDefinition: Sendable {
  package var name: Located<String>
  /// A file or folder, from the folder of the pipeline file.
  package var path: String
  /// A program that makes it, called with the path, from the folder of the pipeline file.
  package var fetch: String?
  /// A program and its arguments, run in the folder of the pipeline file, whose standard output is the data; empty if
  /// there is none.
  package var command: [String] = []
  /// The digests that the data may have, any if there are none: of names and bytes, as `runner validate` prints them.
  package var digests: [Digest]
  /// `true` if it is an artifact of another run, such as yesterday's model.
  package var isArtifact = false
  package var refresh = Refresh.missing

  /// `true` if the data can be made again.
  package var isFetched: Bool { fetch != nil || !command.isEmpty }

  /// The time at which data that is there is fetched again.
  package enum Refresh: Sendable, Equatable {
    /// The data is never fetched again while it is there.
    case missing
    /// The data is fetched in every run.
    case always
    /// The data is fetched if the recorded fetch is older.
    case seconds(Int)
  }
}

/// A stage as the pipeline file has it, unchecked.
package struct StageDefinition: Sendable {
  /// An input, and the output or source that it reads.
  package struct Input: Sendable {
    package var name: Located<String>
    package var reference: Located<Reference>
  }

  /// A param with its value as it is spelt.
  package struct Param: Sendable {
    package var name: Located<String>
    package var value: YAMLNode
  }

  package var name: Located<String>
  /// A stage of Tandem by its name, or the path of any program that keeps the stage contract.
  package var program: Located<String>
  /// Files that a program from outside the package depends on.
  package var depends: [Located<String>]
  /// Variables of the environment that reach the program, and count as params do.
  package var environment: [Located<String>]
  package var inputs: [Input]
  package var params: [Param]
  package var limits = StageLimits()
  /// The place of `blocks`, if the stage has it.
  package var blocksPlace: Place?
}

/// The origin of an input: `sources.NAME` or `STAGE.OUTPUT`.
package enum Reference: Hashable, Sendable, CustomStringConvertible {
  case source(String)
  case output(stage: String, output: String)

  package init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    self = parts[0] == "sources" ? .source(parts[1]) : .output(stage: parts[0], output: parts[1])
  }

  package var description: String {
    switch self {
    case .source(let name): "sources.\(name)"
    case .output(let stage, let output): "\(stage).\(output)"
    }
  }
}
