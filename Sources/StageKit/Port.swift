package import Artifacts
import CanonicalJSON

/// A named input or output of a stage.
package struct Port: Sendable {
  package enum Kind: Sendable, Equatable {
    case artifact(ArtifactType)
    /// Raw data from outside the store.
    case source
  }

  package let name: String
  package let kind: Kind
  package let isOptional: Bool
  /// The name of a param, a list: this optional output is made if the list has the output's name.
  package let listedIn: String?

  package init(_ name: String, _ type: ArtifactType, optional: Bool = false, listedIn: String? = nil) {
    self.name = name
    kind = .artifact(type)
    isOptional = optional || listedIn != nil
    self.listedIn = listedIn
  }

  package static func source(_ name: String) -> Port { Port(source: name) }

  private init(source name: String) {
    self.name = name
    kind = .source
    isOptional = false
    listedIn = nil
  }

  var description: JSON {
    switch kind {
    case .artifact(let type):
      .object(
        [
          "name": JSON(name), "type": JSON(type.name), "version": JSON(type.version), "optional": .bool(isOptional),
        ].merging(listedIn.map { ["listed_in": JSON($0)] } ?? [:]) { $1 })
    case .source: ["name": JSON(name), "type": "source", "version": 0, "optional": .bool(isOptional)]
    }
  }
}
