public import CandidateIndex
import Kernels

extension Servable {
  /// Returns the best `k` candidates for each of many raw query ids, in their order: the same answers as one at a time,
  /// at the speed of a batch search.
  ///
  /// - Parameters:
  ///   - excludeSeen: `true` if candidates that a query had in training are left out.
  ///   - excluded: candidates to leave out, by key.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  public func recommend(
    _ names: [String], k: Int, excludeSeen: Bool = false, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil, threads: Int = 1
  ) throws(ServableError) -> [Answer] {
    let places = names.map { queries.index(of: $0) }
    let lists = lists(
      of: places, k: k, excludeSeen: excludeSeen, filter: narrowed(filter, by: try numbers(of: excluded)),
      threads: threads)
    return answers(names, places.map { basis(of: $0) }, lists)
  }

  /// Returns the best `k` candidates for each of many raw query ids, each with exclusions of its own: the same answers
  /// as one at a time, at the speed of a batch search.
  ///
  /// - Parameter exclusions: candidates to leave out, by key: a row for each query, or one for all; none if empty.
  ///   Unknown keys are ignored, such as the empty one that fills up rows.
  /// - Precondition: there are as many rows as queries, one or none.
  public func recommend(_ names: [String], k: Int, exclusions: [[String]], threads: Int = 1) -> [Answer] {
    precondition(
      exclusions.count <= 1 || exclusions.count == names.count,
      "\(exclusions.count) rows of exclusions, \(names.count) queries")
    let places = names.map { queries.index(of: $0) }
    let rows = knownNumbers(ofRows: exclusions)
    if let row = rows.first, rows.count == 1 {
      let filter = narrowed(nil, by: row.map { Int($0) })
      let lists = lists(of: places, k: k, excludeSeen: false, filter: filter, threads: threads)
      return answers(names, places.map { basis(of: $0) }, lists)
    }
    let excluded = rows.allSatisfy(\.isEmpty) ? [] : rows
    let lists = index.search(vectors(of: places), k: k, filter: nil, excluding: excluded, threads: threads)
    return answers(names, places.map { basis(of: $0) }, lists)
  }

  /// Returns all candidates except those of `names`, for any number of searches.
  ///
  /// - Parameter names: candidates by key; unknown keys are ignored.
  public func candidates(excluding names: [String]) -> CandidateFilter {
    CandidateFilter(excluding: knownNumbers(of: names).map { Int($0) }, of: candidates.count)
  }

  /// Returns the numbers in the index of those names that candidates have, sorted and distinct.
  public func knownNumbers(of names: [String]) -> [UInt32] { knownNumbers(ofRows: [names])[0] }

  /// Returns `knownNumbers(of:)` of each row; a name in several rows is looked up once.
  func knownNumbers(ofRows rows: [[String]]) -> [[UInt32]] {
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

  /// The average length of the candidates' keys in bytes; 0 if there are no candidates.
  public var averageCandidateNameBytes: Double {
    candidates.count == 0 ? 0 : Double(candidates.byteCount) / Double(candidates.count)
  }

  func answers(_ names: [String], _ bases: [Basis], _ lists: [[Neighbour]]) -> [Answer] {
    names.indices.map { row in
      Answer(
        query: names[row], basis: bases[row],
        recommendations: lists[row].map { (candidate: candidates[$0.candidate], score: $0.score) })
    }
  }

  /// Returns the candidates that a filter allows (all if `nil`) except some; `nil` for all.
  func narrowed(_ filter: CandidateFilter?, by excluded: [Int]) -> CandidateFilter? {
    guard !excluded.isEmpty else { return filter }
    let others = CandidateFilter(excluding: excluded, of: candidates.count)
    return filter?.intersection(others) ?? others
  }

  /// Returns the best `k` candidates of each query.
  ///
  /// - Parameter places: the numbers of the queries; `nil` for unknown ones.
  func lists(
    of places: [Int?], k: Int, excludeSeen: Bool, filter: CandidateFilter?, threads: Int
  ) -> [[Neighbour]] {
    index.search(
      vectors(of: places), k: k, filter: filter,
      excluding: excludeSeen ? places.map { $0.map { seen[$0] } ?? [] } : [], threads: threads)
  }

  /// Returns a row for each query.
  ///
  /// - Parameter places: the numbers of the queries; `nil` for unknown ones.
  func vectors(of places: [Int?]) -> Matrix {
    let vectors = Matrix(rows: places.count, columns: index.dimension)
    for (row, place) in places.enumerated() {
      embeddings.copy(self.row(of: place), to: vectors, row: row)
    }
    return vectors
  }
}
