package import Artifacts
package import CanonicalJSON
import SystemFiles

/// The params that a search found for the program `train`.
package struct TunedRecipe: Sendable {
  package static let type = ArtifactType("recipe", version: 1)

  /// The program that the params are of; another version of it may mean something else by them.
  package static let program = (name: "train", version: 8)

  package let params: [String: JSON]

  package init(params: [String: JSON]) { self.params = params }

  /// The params, as "dimension 128, epochs 40".
  package var description: String {
    params.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.string ?? $0.value.text)" }.joined(separator: ", ")
  }

  /// - Throws: `RefitError.otherProgram` if the params are of another version of `train`.
  package init(_ file: ArtifactFile) throws {
    let schema = file.header.schema
    let found = "\(schema["program"]?.string ?? "another program") \(schema["program_version"]?.integer ?? 0)"
    let expected = "\(Self.program.name) \(Self.program.version)"
    guard found == expected, let params = schema["params"]?.object else {
      throw FileError(file.path, RefitError.otherProgram(found: found, expected: expected))
    }
    self.params = params
  }

  /// - Parameter search: how the params were found, which becomes part of the artifact.
  package func publish(to path: String, search: [String: JSON], lineage: Lineage, summary: Summary) throws {
    let schema = search.merging(
      [
        "program": JSON(Self.program.name), "program_version": JSON(Self.program.version), "params": .object(params),
      ]) { $1 }
    try ArtifactWriter(path: path, type: Self.type, schema: .object(schema)).publish(
      lineage: lineage, summary: summary)
  }
}
