/// What makes a candidate near to a query.
public enum Similarity: String, CaseIterable, Sendable {
  /// `⟨q, x⟩`.
  case innerProduct = "inner-product"
  /// `⟨q, x⟩ / (|q| |x|)`; 0 where either is zero.
  case cosine
  /// `−|q − x|²`: the negative square of the distance, so that more is nearer.
  case euclidean
}
