import ModelVersions
import Servable

/// Asks servables, within the limits, and counts.
struct Answers: Sendable {
  let metrics: Metrics
  let limits: ServerLimits

  /// What stands where fewer than k candidates are left, as in exported forms.
  static let nothing: (candidate: String, score: Float) = ("", -3.4028235e38)

  /// - Throws: `RequestError` for more queries than may be asked at once.
  func checkBatch(_ queries: [String]) throws(RequestError) {
    guard queries.count <= limits.batch else {
      throw .bad("\(queries.count) queries in one request; at most \(limits.batch) are answered")
    }
  }

  /// Queries that are searched for before the clock is looked at again.
  private static let blockSize = 64

  /// The best k for each query; exactly min(k, candidates) for each, what is missing filled up.
  ///
  /// - Parameter exclusions: of each query, or of all where there is one row; names that no candidate has say nothing.
  func lists(
    _ servable: Servable, _ queries: [String], k: Int, exclusions: [[String]], deadline: Deadline
  ) throws -> [[(candidate: String, score: Float)]] {
    var answers: [Servable.Answer] = []
    if queries.count == 1, exclusions.isEmpty {
      answers = [try servable.recommend(queries[0], k: k)]
    } else {
      for start in stride(from: 0, to: queries.count, by: Self.blockSize) {
        try deadline.check()
        let places = start..<min(start + Self.blockSize, queries.count)
        if exclusions.isEmpty {
          answers += try servable.recommend(Array(queries[places]), k: k, threads: 1)
        } else {
          answers += try places.map { place in
            let names = exclusions[exclusions.count == 1 ? 0 : place].filter { servable.has($0) }
            return try servable.recommend(queries[place], k: k, excluding: names)
          }
        }
      }
    }
    metrics.asked(queries.count, unknown: answers.count { $0.basis != .known })
    let length = min(k, servable.candidateCount)
    return answers.map { answer in
      let missing = length - answer.recommendations.count
      return missing == 0
        ? answer.recommendations : answer.recommendations + Array(repeating: Self.nothing, count: missing)
    }
  }
}
