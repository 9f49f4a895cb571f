import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText
import Kernels
import SystemFiles

extension VectorIndex {
  /// Writes the index to a file, for `open` and for `inspect`; equal indexes give equal bytes.
  ///
  /// - Parameter path: of a file that does not exist yet. It appears whole or not at all.
  public func save(to path: String) throws(VectorIndexError) {
    try Self.describing {
      var schema = index.schema
      schema["similarity"] = JSON(similarity.rawValue)
      if let counts {
        schema["vectors"] = ["duplicates": JSON(counts.duplicates), "zeros": JSON(counts.zeros)]
      }
      if let recall { schema["recall"] = recall.json }
      let writer = try ArtifactWriter(path: path, type: IndexFile.type, schema: .object(schema))
      try index.write(to: writer)
      if !map.centre.isEmpty { try writer.add("centre", map.centre, codec: .raw) }
      try writer.publish(
        lineage: Lineage(stage: "vector-index", stageVersion: 1), summary: Summary(summary))
    }
  }

  private var summary: [Summary.Item] {
    var items: [Summary.Item] = [
      .fact("kind", isExact ? "exact" : "approximate"), .fact("similarity", similarity.rawValue),
      .fact("candidates", "\(count)"), .fact("dimension", "\(dimension)"),
    ]
    if let counts { items += counts.summary }
    if let recall {
      items.append(
        .fact(
          "recall@\(recall.k)",
          "\(decimals(recall.share, 4)) ± \(decimals(recall.margin, 4)) on "
            + "\(recall.queries) \(recall.source.rawValue), \(recall.changed) candidates changed since"))
    }
    return items
  }

  /// Opens a file that `save` or the stage `index` wrote. Vectors are mapped, not read.
  ///
  /// Checks what must hold for searches to be safe; `inspect verify` checks every byte.
  public static func open(_ path: String) throws(VectorIndexError) -> VectorIndex {
    try describing {
      let file = try ArtifactFile(path: path, type: IndexFile.type)
      let index = try IndexFile.open(file, similarities: Similarity.allCases.map(\.rawValue))
      let schema = file.header.schema
      // `IndexFile.open` has refused other names.
      let similarity = schema["similarity"]?.string.flatMap(Similarity.init(rawValue:)) ?? .innerProduct
      return try naming(path) {
        let dimension = index.dimension - (similarity == .euclidean ? 1 : 0)
        guard 1...greatestDimension ~= dimension else {
          throw CandidateIndexError.schema("1 to \(greatestDimension) dimensions, not \(dimension)")
        }
        let centre: [Float] = similarity == .euclidean ? try file.read("centre", shape: [dimension]) : []
        return VectorIndex(
          index: index, map: SimilarityMap(similarity, dimension: dimension, centre: centre),
          counts: try VectorCounts(schema["vectors"], absent: index.absent, of: index.count),
          recall: try schema["recall"].map { try MeasuredRecall($0) })
      }
    }
  }

  private static func describing<Result>(_ body: () throws -> Result) throws(VectorIndexError) -> Result {
    do { return try body() } catch { throw .file("\(error)") }
  }
}

extension VectorCounts {
  fileprivate init?(_ json: JSON?, absent: Int, of count: Int) throws(CandidateIndexError) {
    guard let json else { return nil }
    guard let duplicates = json["duplicates"]?.integer, let zeros = json["zeros"]?.integer, 0...count ~= duplicates,
      0...count ~= zeros
    else { throw .schema("counts of duplicate and zero vectors, at most one for each candidate") }
    self.init(duplicates: duplicates, zeros: zeros, absent: absent)
  }
}
