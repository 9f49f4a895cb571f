public import CandidateIndex
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
    return answers(names, places, lists)
  }

  /// The best `k` candidates for each of many raw query ids, of each without candidates of its own: the answers of one at
  /// a time, at the speed of the index for many.
  ///
  /// - Parameter exclusions: candidates to leave out, by key: a row for each query, or one for all; none if empty. Keys
  ///   that no candidate has, as the empty one that rows are filled up with, say nothing.
  /// - Precondition: there are as many rows as queries, one or none.
  public func recommend(_ names: [String], k: Int, exclusions: [[String]], threads: Int = 1) throws -> [Answer] {
    precondition(
      exclusions.count <= 1 || exclusions.count == names.count,
      "\(exclusions.count) rows of exclusions, \(names.count) queries")
    let places = names.map { queries.index(of: $0) }
    let rows = knownNumbers(ofRows: exclusions)
    if let row = rows.first, rows.count == 1 {
      let filter = narrowed(nil, by: row.map { Int($0) })
      return answers(names, places, lists(of: places, k: k, excludeSeen: false, filter: filter, threads: threads))
    }
    let excluded = rows.allSatisfy(\.isEmpty) ? [] : rows
    return answers(names, places, lists(of: places, k: k, filter: nil, excluding: excluded, threads: threads))
  }

  /// All candidates but some, for any number of searches.
  ///
  /// - Parameter names: candidates by key; keys that no candidate has say nothing.
  public func candidates(excluding names: [String]) -> CandidateFilter {
    CandidateFilter(excluding: knownNumbers(of: names).map { Int($0) }, of: candidates.count)
  }

  /// Numbers in the index of those names that candidates have, rising, each once.
  public func knownNumbers(of names: [String]) -> [UInt32] { knownNumbers(ofRows: [names])[0] }

  /// Each name is looked up once, in however many rows it is.
  private func knownNumbers(ofRows rows: [[String]]) -> [[UInt32]] {
    var numbers: [String: UInt32?] = [:]
    return rows.map { row in
      let found = row.compactMap { name -> UInt32? in
        if let number = numbers[name] { return number }
        let number = candidates.index(of: name).map { UInt32($0) }
        numbers[name] = .some(number)
        return number
      }
      return Set(found).sorted()
    }
  }

  /// Bytes that the name of a candidate has on average; 0 where there are none.
  public var averageCandidateNameBytes: Double {
    candidates.count == 0 ? 0 : Double(candidates.byteCount) / Double(candidates.count)
  }

  private func answers(_ names: [String], _ places: [Int?], _ lists: [[Neighbour]]) -> [Answer] {
    names.indices.map { row in
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
    lists(
      of: places, k: k, filter: filter, excluding: excludeSeen ? places.map { $0.map { seen[$0] } ?? [] } : [],
      threads: threads)
  }

  /// - Parameter excluded: of each query the candidates that it may not find, rising; none of any if empty.
  private func lists(
    of places: [Int?], k: Int, filter: CandidateFilter?, excluding excluded: [[UInt32]], threads: Int
  ) -> [[Neighbour]] {
    let vectors = Matrix(rows: places.count, columns: index.dimension)
    for (row, place) in places.enumerated() {
      unsafe embeddings.copy(self.row(of: place), to: vectors.pointer(row: row))
    }
    return index.search(vectors, k: k, filter: filter, excluding: excluded, threads: threads)
  }
}
