import Artifacts
import CandidateIndex
import CanonicalJSON
import TwoTower

extension Servable {
  /// The facts about a servable that servers report.
  public struct Facts: Sendable, Equatable {
    /// The artifact's digest, in hexadecimal: the same contents have the same digest.
    public let digest: String
    /// The digest of the model that was exported; `nil` if the lineage does not have it.
    public let modelDigest: String?
    /// The columns of the interactions from which queries and candidates come.
    public let queryColumn: String
    public let candidateColumn: String
    public let queries: Int
    public let candidates: Int
    /// The length of the embeddings, including a bias.
    public let dimension: Int
    /// "exact" or "approximate".
    public let index: String
    /// The training method, "softmax", "ials" or "linear-autoencoder".
    public let objective: String
    /// The basis of answers to unknown queries.
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
