import Artifacts
import Interactions
import Tables

extension Model {
  /// A catalog that this model was not made for.
  package struct OtherCatalog: Error, CustomStringConvertible {
    let unknown: [String]

    package var description: String {
      "the catalog has \(unknown.count) candidates that the model does not know, such as \"\(unknown[0])\"; "
        + "train a model with this catalog"
    }
  }

  /// Whether every candidate of the catalog can be retrieved by this model: artifacts of different runs do not mix.
  package func requireCandidates(of catalog: Catalog) throws {
    try Self.requireCandidates(of: catalog, in: vocabularies)
  }

  fileprivate static func requireCandidates(of catalog: Catalog, in vocabularies: Vocabularies) throws {
    let candidates = try catalog.values(of: vocabularies.candidate.column)
    let unknown = candidates.dictionary.array.filter { vocabularies.candidate.row(of: $0) == 0 }
    guard unknown.isEmpty else { throw OtherCatalog(unknown: unknown) }
  }
}

extension ModelOutline {
  /// Whether every candidate of the catalog can be retrieved by this model.
  package func requireCandidates(of catalog: Catalog) throws {
    try Model.requireCandidates(of: catalog, in: vocabularies)
  }
}
