package import Artifacts
import DisplayText
import SystemFiles

/// What somebody wants to look at: a file, or an output in the store by its stage's name.
package struct InspectionTarget: Sendable {
  package struct File: Sendable, Equatable {
    package let output: String
    package let path: String
  }

  package let files: [File]

  package enum Failure: Error, Equatable, CustomStringConvertible {
    case unknownStage(String, store: String, there: [String])
    case unknownVersion(String, stage: String, there: [String])
    case unknownOutput(String, stage: String, there: [String])
    case nothingMade(stage: String)

    package var description: String {
      switch self {
      case .unknownStage(let name, let store, let there):
        "no file and no stage \"\(name)\" in \(store)\(Self.hint(name, there))"
      case .unknownVersion(let name, let stage, let there):
        "no version \"\(name)\" of \(stage)\(Self.hint(name, there))"
      case .unknownOutput(let name, let stage, let there): "\(stage) has no output \"\(name)\"\(Self.hint(name, there))"
      case .nothingMade(let stage): "nothing of \(stage) is there; run the pipeline"
      }
    }

    private static func hint(_ name: String, _ there: [String]) -> String {
      if let nearest = nearestName(to: name, among: there) { return "; did you mean \"\(nearest)\"?" }
      return there.isEmpty
        ? "; run a pipeline first"
        : "; there \(there.count == 1 ? "is" : "are") "
          + there.joined(separator: ", ")
    }
  }

  /// Reads `FILE`, `STAGE`, `STAGE.OUTPUT`, `STAGE@VERSION` or `STAGE@VERSION.OUTPUT`.
  ///
  /// A version may be cut short as long as it is the only one that begins so.
  package init(_ text: String, store: Store) throws(Failure) {
    if Files.exists(text), !Files.isFolder(text) {
      files = [File(output: Files.name(of: text), path: text)]
      return
    }
    var stage = text[...]
    var output: Substring?
    var version: Substring?
    if let point = stage.firstIndex(of: ".") {
      output = stage[stage.index(after: point)...]
      stage = stage[..<point]
    }
    if let at = stage.firstIndex(of: "@") {
      version = stage[stage.index(after: at)...]
      stage = stage[..<at]
    }
    let stages = Self.stages(of: store)
    guard stages.contains(String(stage)) else {
      throw .unknownStage(text, store: store.root, there: stages)
    }
    let name = try Self.version(version.map(String.init), of: String(stage), store: store)
    let outputs = store.outputs(stage: String(stage), version: name)
    if let output {
      guard let path = outputs[String(output)] else {
        throw .unknownOutput(String(output), stage: String(stage), there: outputs.keys.sorted())
      }
      files = [File(output: String(output), path: path)]
    } else {
      files = outputs.sorted { $0.key < $1.key }.map { File(output: $0.key, path: $0.value) }
    }
  }

  private static func version(_ name: String?, of stage: String, store: Store) throws(Failure) -> String {
    let versions = store.versions(of: stage)
    guard let name, name != "latest" else {
      guard let latest = store.latest(of: stage) else { throw .nothingMade(stage: stage) }
      return latest
    }
    let found = versions.filter { $0 == name }.first.map { [$0] } ?? versions.filter { $0.hasPrefix(name) }
    guard found.count == 1 else { throw .unknownVersion(name, stage: stage, there: versions) }
    return found[0]
  }

  /// Stages of which the store has a version.
  package static func stages(of store: Store) -> [String] {
    ((try? Files.list(store.root)) ?? []).filter { name in
      !name.hasPrefix(".") && name != Store.runsFolder && !store.versions(of: name).isEmpty
    }
  }
}
