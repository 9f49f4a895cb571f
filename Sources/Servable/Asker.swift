/// The one whose recommendation is explained.
public enum Asker: Sendable {
  /// A raw query id, known or not, with features that are given as in `Servable.recommend(query:features:k:)`; empty if none
  /// are.
  case query(String, features: [String: [String]])
  /// Somebody unknown with features.
  case features([String: [String]])
  /// Somebody unknown who chose these candidates, the newest last.
  case history([String])
}
