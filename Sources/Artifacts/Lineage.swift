package import CanonicalJSON

/// The origin of an artifact: all that would have to be run again to make it.
package struct Lineage: Sendable, Equatable {
  package var stage: String
  package var stageVersion: Int
  /// The params as typed values, defaults included.
  package var params: [String: JSON]
  /// Digest of each input's content, by the input's name.
  package var inputs: [String: Digest]

  package init(stage: String, stageVersion: Int, params: [String: JSON] = [:], inputs: [String: Digest] = [:]) {
    self.stage = stage
    self.stageVersion = stageVersion
    self.params = params
    self.inputs = inputs
  }

  /// Digest of the program, its version and the params, without the inputs.
  package var recipe: Digest {
    let recipe: JSON = ["stage": JSON(stage), "stage_version": JSON(stageVersion), "params": .object(params)]
    return Digest.of(recipe.text)
  }

  package var json: JSON {
    [
      "stage": JSON(stage), "stage_version": JSON(stageVersion), "params": .object(params),
      "inputs": .object(inputs.mapValues { JSON($0.hexadecimal) }),
      "zstd": JSON("\(ZstdFrame.libraryVersion), level \(ZstdFrame.level)"),
    ]
  }

  init(_ json: JSON?) throws(ArtifactError) {
    guard let stage = json?["stage"]?.string, let version = json?["stage_version"]?.integer,
      let params = json?["params"]?.object, let inputs = json?["inputs"]?.object
    else { throw .malformed(part: "the header", reason: .incomplete("lineage")) }
    let digests = inputs.compactMapValues { $0.string.flatMap(Digest.init(hexadecimal:)) }
    guard digests.count == inputs.count else {
      throw .malformed(part: "the header", reason: .notADigest("lineage"))
    }
    self.init(stage: stage, stageVersion: version, params: params, inputs: digests)
  }
}
