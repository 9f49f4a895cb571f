import Artifacts
import CandidateIndex
import CanonicalJSON
import TwoTower

extension Servable {
  /// What a server tells of the servable that it has.
  public struct Facts: Sendable, Equatable {
    /// That names the artifact: the same contents have the same digest. Hexadecimal.
    public let digest: String
    /// That names the model it was made of; nil where its lineage does not tell.
    public let modelDigest: String?
    /// The columns of the interactions that queries and candidates come from.
    public let queryColumn: String
    public let candidateColumn: String
    public let queries: Int
    public let candidates: Int
    /// Of the embeddings, a bias among them.
    public let dimension: Int
    /// "exact" or "approximate".
    public let index: String
    /// How the model was trained: "softmax", "ials" or "linear-autoencoder".
    public let objective: String
    /// What answers a query that is unknown.
    public let unknownQuery: Basis
  }

  public var facts: Facts {
    let schema = file.header.schema
    return Facts(
      digest: file.digest.hexadecimal, modelDigest: file.header.lineage.inputs["model"]?.hexadecimal,
      queryColumn: schema["columns"]?["query"]?.string ?? "query",
      candidateColumn: schema["columns"]?["candidate"]?.string ?? "candidate", queries: queries.count,
      candidates: candidates.count, dimension: index.dimension, index: index.isExact ? "exact" : "approximate",
      objective: recipe.methodName, unknownQuery: basis(of: nil))
  }
}
