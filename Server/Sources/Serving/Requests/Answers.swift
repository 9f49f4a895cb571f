import ModelVersions
import Servable

/// Searches servables for the APIs of TensorFlow Serving and KServe, within the server's limits.
struct Answers: Sendable {
  let metrics: Metrics
  let limits: ServerLimits

  /// Throws a `RequestError` for more queries or excluded candidates than one request may have.
  private func check(_ queries: [String], _ exclusions: [[String]]) throws(RequestError) {
    guard queries.count <= limits.batch else {
      throw .bad("\(queries.count) queries in one request; at most \(limits.batch) are answered")
    }
    try checkNames(exclusions.reduce(0) { $0 + $1.count })
  }

  /// Throws a `RequestError` for more candidates than one request may name.
  func checkNames(_ count: Int) throws(RequestError) {
    guard count <= limits.names else {
      throw .bad("\(count) candidates named in one request; at most \(limits.names) are looked up")
    }
  }

  /// The approximate time to find and write one more candidate than the ten of the search that was timed at opening.
  static let itemTime = Duration.nanoseconds(200)
  /// The approximate time to look up one name.
  private static let nameTime = Duration.nanoseconds(500)
  /// The most names that are looked up in the step of the first search; more get a step of their own.
  private static let fewNames = 5_000
  /// The average size in JSON of a score, quotes and commas, in bytes.
  private static let bytesOfItem = 16.0
  /// The average size in JSON of a predicted rating, in bytes.
  private static let bytesOfRating = 11.0

  /// The approximate size of one list in JSON, in bytes.
  ///
  /// - Parameter hasRatings: `true` if predicted ratings stand beside the scores.
  func bytes(of servable: Servable, k: Int, hasRatings: Bool) -> Int {
    let bytes = servable.averageCandidateNameBytes + Self.bytesOfItem + (hasRatings ? Self.bytesOfRating : 0)
    return Int(Double(min(k, servable.candidateCount)) * bytes)
  }

  /// Returns the search for the best `k` of each query. Lists have exactly min(k, candidates) entries, filled up if
  /// need be.
  ///
  /// - Parameters:
  ///   - exclusions: a row of excluded names for each query, or one for all; unknown names are ignored.
  ///   - features: of each query, by column; `nil` if none are given.
  ///   - predictsRatings: `true` if ratings stand beside the scores.
  /// - Throws: `RequestError` for requests beyond the limits, before anything is looked up.
  func lists(
    _ version: ServedVersion, _ queries: [String], k: Int, exclusions: [[String]],
    features: [[String: [String]]]? = nil, predictsRatings: Bool, writer: some ListWriter
  ) throws(RequestError) -> Work {
    try check(queries, exclusions)
    let length = min(k, version.servable.candidateCount)
    let answerTime = version.searchTime + (predictsRatings ? version.ratingTime * length : .zero)
    let listTime = answerTime + Self.itemTime * length
    let search = BatchSearch(
      version.servable, queries, k: k, exclusions: exclusions, features: features, predictsRatings: predictsRatings,
      searchTime: answerTime, metrics: metrics, writer: writer)
    let bytes = queries.count * bytes(of: version.servable, k: k, hasRatings: predictsRatings)
    let work = Work(listTime * queries.count, bytes: bytes, step: search.step)
    let names = exclusions.count == 1 ? exclusions[0].count : 0
    guard names > Self.fewNames else { return work }
    return Work(Self.nameTime * names + work.duration, bytes: bytes, isParted: false) {
      search.lookUpNames()
      return .becomes(work)
    }
  }
}
