package import Artifacts
import CanonicalJSON
package import Interactions
package import LinearAlgebra
import Tables

extension Vocabularies {
  /// Publishes vocabularies with the features that are declared beside them, and each value encoded by them; without
  /// any, the artifact is the same as one of vocabularies alone.
  package func publish(
    to path: String, lineage: Lineage, features: DeclaredFeatures, encodings: [TowerSide: SparseMatrix]
  ) throws {
    guard features.areDeclared else { return try publish(to: path, lineage: lineage) }
    var schema = self.schema
    features.describe(in: &schema)
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: .object(schema))
    try write(to: writer)
    try features.write(to: writer)
    for (side, encoding) in encodings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try encoding.write(EncodedVocabulary.encodingName(side), to: writer)
    }
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        facts
          + features.groups.flatMap { name, set in
            set.features.map { Summary.Item.fact("\(name) feature \($0.declaration.text)", $0.contents) }
          }))
  }
}

extension Feature {
  /// A description of the learnt scale, for people.
  package var contents: String {
    switch scale {
    case .vocabulary(let values, let counts):
      "\(values.count) values" + (counts.max().map { ", the most frequent \($0) times" } ?? "")
    case .hash(let buckets): "\(buckets) buckets by hash"
    case .bounds(let bounds): "\(bounds.count + 1) buckets"
    case .timeParts(let part, let counts): "\(counts.count { $0 > 0 }) of \(part.count) values"
    case .moments(let mean, let deviation): "mean \(mean), standard deviation \(deviation)"
    }
  }
}
