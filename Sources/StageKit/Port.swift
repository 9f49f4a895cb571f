package import Artifacts
import CanonicalJSON

/// A named input or output of a stage.
package struct Port: Sendable {
  /// The kind of data that passes through a port.
  package enum Kind: Sendable, Equatable {
    case artifact(ArtifactType)
    /// Raw data from outside the store.
    case source
  }

  package let name: String
  package let kind: Kind
  /// A second type of artifact that the port takes.
  package let otherType: ArtifactType?
  package let isOptional: Bool
  /// The name of a param, a list: this optional output is made if the list has the output's name.
  package let listedIn: String?

  package init(
    _ name: String, _ type: ArtifactType, or otherType: ArtifactType? = nil, optional: Bool = false,
    listedIn: String? = nil
  ) {
    self.name = name
    kind = .artifact(type)
    self.otherType = otherType
    isOptional = optional || listedIn != nil
    self.listedIn = listedIn
  }

  package static func source(_ name: String, optional: Bool = false) -> Port {
    Port(source: name, isOptional: optional)
  }

  private init(source name: String, isOptional: Bool) {
    self.name = name
    kind = .source
    otherType = nil
    self.isOptional = isOptional
    listedIn = nil
  }

  /// Opens the artifact that the port is given.
  ///
  /// - Throws: `FileError` if it is of neither type.
  func open(_ path: String, as type: ArtifactType) throws -> ArtifactFile {
    guard let otherType, try ArtifactFile(path: path).header.type == otherType.name else {
      return try ArtifactFile(path: path, type: type)
    }
    return try ArtifactFile(path: path, type: otherType)
  }

  var description: JSON {
    switch kind {
    case .artifact(let type):
      .object(
        [
          "name": JSON(name), "type": JSON(type.name), "version": JSON(type.version), "optional": .bool(isOptional),
        ].merging(listedIn.map { ["listed_in": JSON($0)] } ?? [:]) { $1 }
          .merging(otherType.map { ["or": ["type": JSON($0.name), "version": JSON($0.version)]] } ?? [:]) { $1 })
    case .source: ["name": JSON(name), "type": "source", "version": 0, "optional": .bool(isOptional)]
    }
  }
}
