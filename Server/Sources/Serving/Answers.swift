import ModelVersions
import NIOPosix
import Servable

/// Asks servables, on a thread of their own where that takes long.
struct Answers: Sendable {
  let metrics: Metrics
  let limits: ServerLimits

  /// What stands where fewer than k candidates are left, as in exported forms.
  static let nothing: (candidate: String, score: Float) = ("", -3.4028235e38)

  /// Searches that take no longer are done where the request arrived: handing them over would take as long.
  private static let short = Duration.milliseconds(1)

  func on<Result: Sendable>(
    _ version: ServedVersion, searches: Int = 1, _ body: @escaping @Sendable (Servable) throws -> Result
  ) async throws -> Result {
    let servable = version.servable
    guard version.searchTime * searches > Self.short else { return try body(servable) }
    return try await NIOThreadPool.singleton.runIfActive { try body(servable) }
  }

  /// The best k for each query; exactly min(k, candidates) for each, what is missing filled up.
  ///
  /// - Parameter exclusions: of each query, or of all where there is one row; names that no candidate has say nothing.
  func lists(
    _ version: ServedVersion, _ queries: [String], k: Int, exclusions: [[String]] = []
  ) async throws -> [[(candidate: String, score: Float)]] {
    guard queries.count <= limits.batch else {
      throw RequestError.bad("\(queries.count) queries in one request; at most \(limits.batch) are answered")
    }
    let length = min(k, version.servable.candidateCount)
    let answers = try await on(version, searches: queries.count) { servable in
      guard !exclusions.isEmpty else {
        return queries.count == 1
          ? [try servable.recommend(queries[0], k: k)] : try servable.recommend(queries, k: k, threads: 1)
      }
      return try queries.enumerated().map { place, query in
        let names = exclusions[exclusions.count == 1 ? 0 : place].filter { servable.has($0) }
        return try servable.recommend(query, k: k, excluding: names)
      }
    }
    metrics.asked(queries.count, unknown: answers.count { $0.basis != .known })
    return answers.map { answer in
      answer.recommendations + Array(repeating: Self.nothing, count: length - answer.recommendations.count)
    }
  }
}

extension Servable {
  /// Whether there is such a candidate.
  func has(_ candidate: String) -> Bool { candidates(beginning: candidate, limit: 1).first == candidate }
}
