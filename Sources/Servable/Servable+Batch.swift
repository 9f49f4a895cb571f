import CandidateIndex
import Kernels

extension Servable {
  /// The best `k` candidates for each of many raw query ids, in their order: the answers of one at a time, at the speed of
  /// the index for many.
  ///
  /// - Parameters:
  ///   - excludeSeen: leave out what each query had in training.
  ///   - excluded: candidates to leave out, by key.
  ///   - filter: which candidates may be recommended, of `candidateCount`; all if nil.
  public func recommend(
    _ names: [String], k: Int, excludeSeen: Bool = false, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil, threads: Int = 1
  ) throws -> [Answer] {
    let places = names.map { queries.index(of: $0) }
    let lists = lists(
      of: places, k: k, excludeSeen: excludeSeen, filter: narrowed(filter, by: try numbers(of: excluded)),
      threads: threads)
    return names.indices.map { row in
      Answer(
        query: names[row], basis: basis(of: places[row]),
        recommendations: lists[row].map { (candidate: candidates[$0.candidate], score: $0.score) })
    }
  }

  /// What a filter allows, all candidates if nil, but some.
  func narrowed(_ filter: CandidateFilter?, by excluded: [Int]) -> CandidateFilter? {
    guard !excluded.isEmpty else { return filter }
    let others = CandidateFilter(excluding: excluded, of: candidates.count)
    return filter?.intersection(others) ?? others
  }

  /// - Parameter places: of the queries among those that are known; nil for what is unknown.
  func lists(
    of places: [Int?], k: Int, excludeSeen: Bool, filter: CandidateFilter?, threads: Int
  ) -> [[Neighbour]] {
    let vectors = Matrix(rows: places.count, columns: index.dimension)
    for (row, place) in places.enumerated() {
      embeddings.copy(place.map { $0 + 1 } ?? 0, to: vectors.pointer(row: row))
    }
    return index.search(
      vectors, k: k, filter: filter, excluding: excludeSeen ? places.map { $0.map { seen[$0] } ?? [] } : [],
      threads: threads)
  }
}
