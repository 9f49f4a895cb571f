package import Artifacts
package import CanonicalJSON
import SystemFiles

/// The params that a search found for the program `train`.
package struct TunedRecipe: Sendable {
  /// Version 1 had no ensembles.
  package static let type = ArtifactType("recipe", version: 2)

  /// The program that the params are of; another version of it may mean something else by them.
  package static let program = (name: "train", version: 8)

  /// All that are not at their defaults; beside an ensemble, those that are about the data.
  package let params: [String: JSON]
  /// The models that are put into one pair of towers; nil where one is trained alone.
  package let ensemble: EnsembleRecipe?

  package init(params: [String: JSON], ensemble: EnsembleRecipe? = nil) {
    self.params = params
    self.ensemble = ensemble
  }

  /// The params, as "dimension 128, epochs 40".
  package var description: String {
    if let ensemble {
      return "\(ensemble.members.count) members in \(ensemble.dimension) dimensions"
    }
    return params.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.string ?? $0.value.text)" }.joined(
      separator: ", ")
  }

  /// - Throws: `ModelTrainingError.otherProgram` if the params are of another version of `train`.
  package init(_ file: ArtifactFile) throws {
    let schema = file.header.schema
    let found = "\(schema["program"]?.string ?? "another program") \(schema["program_version"]?.integer ?? 0)"
    let expected = "\(Self.program.name) \(Self.program.version)"
    guard found == expected, let params = schema["params"]?.object else {
      throw FileError(file.path, ModelTrainingError.otherProgram(found: found, expected: expected))
    }
    self.params = params
    ensemble = try naming(file.path) { try schema[EnsembleRecipe.field].map { try EnsembleRecipe($0) } }
  }

  /// - Parameter search: how the params were found, which becomes part of the artifact.
  package func publish(to path: String, search: [String: JSON], lineage: Lineage, summary: Summary) throws {
    var schema = search
    schema["program"] = JSON(Self.program.name)
    schema["program_version"] = JSON(Self.program.version)
    schema["params"] = .object(params)
    schema[EnsembleRecipe.field] = ensemble?.json
    try ArtifactWriter(path: path, type: Self.type, schema: .object(schema)).publish(
      lineage: lineage, summary: summary)
  }
}
