package import Artifacts
import CanonicalJSON
package import Interactions
import SystemFiles

/// The shape of a model artifact's tables, which may be larger than memory and are not read.
package struct ModelOutline: Sendable {
  package let vocabularies: Vocabularies
  package let dimension: Int

  package init(_ file: ArtifactFile) throws {
    vocabularies = try Vocabularies(file)
    dimension = try naming(file.path) {
      guard let dimension = file.header.schema["dimension"]?.integer, 1...65_536 ~= dimension else {
        throw ArtifactError.malformed(part: "schema", reason: .missing("dimension"))
      }
      return dimension
    }
  }
}
