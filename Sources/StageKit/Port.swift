import Artifacts

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

  package init(_ name: String, _ type: ArtifactType, optional: Bool = false) {
    self.name = name
    kind = .artifact(type)
    isOptional = optional
  }

  package static func source(_ name: String) -> Port { Port(source: name) }

  private init(source name: String) {
    self.name = name
    kind = .source
    isOptional = false
  }

  var description: JSON {
    switch kind {
    case .artifact(let type):
      ["name": JSON(name), "type": JSON(type.name), "version": JSON(type.version), "optional": .bool(isOptional)]
    case .source: ["name": JSON(name), "type": "source", "version": 0, "optional": .bool(isOptional)]
    }
  }
}
