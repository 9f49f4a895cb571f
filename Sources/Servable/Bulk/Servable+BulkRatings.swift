import CandidateIndex
import Kernels
import TwoTower

extension Servable {
  /// The number of queries whose recommendations are rated at once.
  private static let ratedAtOnce = 256

  /// `true` if the model predicts ratings of a known query's recommendations: training had pairs of it.
  func isRated(_ place: Int) -> Bool { basis(of: place) == .known }

  /// Returns the ratings that the model predicts for the recommendations of many queries, one list after the other; 0 for
  /// queries that training had no pair of.
  ///
  /// - Parameter places: of the queries, known ones.
  /// - Throws: a `FileError` if the file is damaged.
  func ratings(of lists: [[Neighbour]], for places: [Int], threads: Int) throws -> [Float] {
    var all: [Float] = []
    all.reserveCapacity(lists.reduce(0) { $0 + $1.count })
    for start in stride(from: 0, to: lists.count, by: Self.ratedAtOnce) {
      let rows = start..<min(start + Self.ratedAtOnce, lists.count)
      all += try ratings(of: Array(lists[rows]), at: Array(places[rows]), threads: threads)
    }
    return all
  }

  private func ratings(of lists: [[Neighbour]], at places: [Int], threads: Int) throws -> [Float] {
    guard let head = try ratingHead() else { return lists.flatMap { $0.map { _ in 0 } } }
    let rated = lists.indices.filter { isRated(places[$0]) }
    let queries = vectors(of: rated.map { places[$0] })
    let candidates = Matrix(rows: rated.reduce(0) { $0 + lists[$1].count }, columns: index.dimension)
    var pairs: [(query: Int, candidate: Int)] = []
    for (row, list) in rated.enumerated() {
      for recommendation in lists[list] {
        index.copyVector(of: recommendation.candidate, to: candidates, row: pairs.count)
        pairs.append((query: row, candidate: pairs.count))
      }
    }
    var found = head.predictions(queries: queries, candidates: candidates, pairs: pairs, threads: threads)[...]
    return lists.indices.flatMap { list -> [Float] in
      guard isRated(places[list]) else { return lists[list].map { _ in 0 } }
      defer { found = found.dropFirst(lists[list].count) }
      return Array(found.prefix(lists[list].count))
    }
  }
}
