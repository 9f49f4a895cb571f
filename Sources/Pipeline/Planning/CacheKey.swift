package import Artifacts
package import CanonicalJSON

/// The cache key of a stage: everything its outputs depend on, in one canonical text whose digest names the version.
///
/// Clocks, paths, threads and undeclared environment variables are no part of it.
package struct CacheKey: Sendable, Equatable {
  static let format = 1

  package let json: JSON

  package var digest: Digest { Digest.of(json.text) }

  /// The name of the version's folder: a part of the digest, the whole of which is checked inside.
  package var version: String { digest.short }

  package init(_ stage: CheckedStage, inputs: [String: Digest]) {
    let description = stage.description
    let types = Dictionary(description.params.map { ($0.name, $0) }) { first, _ in first }
    let params = stage.params.map { name, value -> (String, JSON) in
      (name, ["type": JSON(types[name].map { $0.isList ? "\($0.type) list" : $0.type } ?? ""), "value": value])
    }
    let inputTypes = Dictionary(description.inputs.map { ($0.name, $0.type) }) { first, _ in first }
    json = [
      "format": JSON(Self.format), "contract": JSON(description.contract),
      "program": ["version": JSON(description.version), "identity": JSON(stage.program.identity)],
      "params": .object(Dictionary(params) { first, _ in first }),
      "inputs": .object(
        Dictionary(inputs.map { ($0, ["type": JSON(inputTypes[$0] ?? ""), "digest": JSON($1.hexadecimal)]) }) {
          first, _ in first
        }),
      "outputs": .object(
        Dictionary(stage.outputs.map { ($0.name, ["type": JSON($0.type), "version": JSON($0.version)]) }) {
          first, _ in first
        }),
      "environment": .object(stage.environment.mapValues { JSON(optional: $0) }),
    ]
  }

  init(json: JSON) { self.json = json }
}
