import ModelVersions
import Servable

/// Asks servables, within the limits, and counts.
struct Answers: Sendable {
  let metrics: Metrics
  let limits: ServerLimits

  /// - Throws: `RequestError` for more queries than may be asked at once, and more names than a request may exclude.
  private func check(_ queries: [String], _ exclusions: [[String]]) throws(RequestError) {
    guard queries.count <= limits.batch else {
      throw .bad("\(queries.count) queries in one request; at most \(limits.batch) are answered")
    }
    try checkNames(exclusions.reduce(0) { $0 + $1.count })
  }

  /// - Throws: `RequestError` for more candidates than a request may name.
  func checkNames(_ count: Int) throws(RequestError) {
    guard count <= limits.names else {
      throw .bad("\(count) candidates named in one request; at most \(limits.names) are looked up")
    }
  }

  /// Finding and writing one candidate more takes about as long; the search of ten is what was timed when a version was opened.
  static let itemTime = Duration.nanoseconds(200)
  /// Looking a name up takes about as long.
  private static let nameTime = Duration.nanoseconds(500)
  /// Names that are looked up beside the search of the first queries; more are in a step of their own.
  private static let fewNames = 5_000
  /// Characters of a score, quotes and commas, as JSON has them.
  private static let bytesOfItem = 16.0

  /// Bytes that a list's answer takes, about.
  func bytes(of servable: Servable, k: Int) -> Int {
    Int(Double(min(k, servable.candidateCount)) * (servable.averageCandidateNameBytes + Self.bytesOfItem))
  }

  /// The best k for each query; exactly min(k, candidates) for each, what is missing filled up.
  ///
  /// - Parameter exclusions: of each query, or of all where there is one row; names that no candidate has say nothing.
  /// - Throws: `RequestError` for what is beyond the limits, before anything is looked up.
  func lists(
    _ version: ServedVersion, _ queries: [String], k: Int, exclusions: [[String]], writer: some ListWriter
  ) throws(RequestError) -> Work {
    try check(queries, exclusions)
    let search = BatchSearch(
      version.servable, queries, k: k, exclusions: exclusions, searchTime: version.searchTime, metrics: metrics,
      writer: writer)
    let listTime = version.searchTime + Self.itemTime * min(k, version.servable.candidateCount)
    let bytes = queries.count * bytes(of: version.servable, k: k)
    let work = Work(listTime * queries.count, bytes: bytes, step: search.step)
    let names = exclusions.count == 1 ? exclusions[0].count : 0
    guard names > Self.fewNames else { return work }
    return Work(Self.nameTime * names + work.duration, bytes: bytes, isParted: false) {
      search.lookUpNames()
      return .becomes(work)
    }
  }
}
