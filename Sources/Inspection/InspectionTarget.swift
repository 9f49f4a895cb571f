package import Artifacts
import DisplayText
import SystemFiles

/// The target of an inspection: a file, or outputs of a stage in the store.
package struct InspectionTarget: Sendable {
  /// An artifact of the target, by the output that it is.
  package struct File: Sendable, Equatable {
    package let output: String
    package let path: String
  }

  package let files: [File]

  /// Reads `FILE`, `STAGE`, `STAGE.OUTPUT`, `STAGE@VERSION` or `STAGE@VERSION.OUTPUT`.
  ///
  /// A version may be abbreviated to any unique prefix.
  package init(_ text: String, store: Store) throws(InspectionError) {
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

  private static func version(_ name: String?, of stage: String, store: Store) throws(InspectionError) -> String {
    let versions = store.versions(of: stage)
    guard let name, name != "latest" else {
      guard let latest = store.latest(of: stage) else { throw .nothingMade(stage: stage) }
      return latest
    }
    let found = versions.filter { $0 == name }.first.map { [$0] } ?? versions.filter { $0.hasPrefix(name) }
    guard found.count == 1 else { throw .unknownVersion(name, stage: stage, there: versions) }
    return found[0]
  }

  /// Returns the stages with a version in the store.
  package static func stages(of store: Store) -> [String] {
    ((try? Files.list(store.root)) ?? []).filter { name in
      !name.hasPrefix(".") && name != Store.runsFolder && !store.versions(of: name).isEmpty
    }
  }
}
