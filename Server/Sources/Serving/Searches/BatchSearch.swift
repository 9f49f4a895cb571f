import Servable
import Synchronization

/// A list of candidates and their scores, best first.
typealias RankedList = [(candidate: String, score: Float)]

/// Writes the lists of a request's queries, as they are found, in the requested format.
protocol ListWriter: Sendable {
  /// Appends the lists of the next queries, which all have the same length.
  ///
  /// - Parameter ratings: predicted for each list, which may be longer; `nil` for a list that has none.
  mutating func append(_ lists: [RankedList], ratings: [[Float]?])
  mutating func reply() -> Reply
}

/// A search for many queries, block by block: requests for one list need not wait for all blocks, and the lists of a
/// written block are freed.
final class BatchSearch: Sendable {
  /// The target time of a block: the longest that a request for one list should wait.
  private static let stepTime = Duration.milliseconds(4)
  /// The greatest number of queries in a block; larger blocks are no faster.
  private static let largestBlock = 64

  private struct State {
    var next = 0
    var block: Int
    var writer: any ListWriter
    /// The search with the one row of exclusions for all queries; `nil` until its names are looked up.
    var searchLeft: (@Sendable (Range<Int>) throws -> [Servable.Answer])?
  }

  private let servable: Servable
  private let queries: [String]
  private let k: Int
  private let exclusions: [[String]]
  /// The features of each query; `nil` if none are given.
  private let features: [[String: [String]]]?
  private let predictsRatings: Bool
  private let metrics: Metrics
  private let state: Mutex<State>

  /// - Parameters:
  ///   - exclusions: a row for each query, one for all, or none.
  ///   - features: of each query, by column; `nil` if none are given.
  ///   - predictsRatings: `true` if ratings are asked for.
  ///   - searchTime: the expected time of one query.
  init(
    _ servable: Servable, _ queries: [String], k: Int, exclusions: [[String]], features: [[String: [String]]]? = nil,
    predictsRatings: Bool = false, searchTime: Duration, metrics: Metrics, writer: some ListWriter
  ) {
    self.servable = servable
    self.queries = queries
    self.k = k
    self.exclusions = exclusions
    self.features = features
    self.predictsRatings = predictsRatings
    self.metrics = metrics
    let block = Int(min(Self.stepTime / max(searchTime, .microseconds(10)), Double(Self.largestBlock)))
    state = Mutex(State(block: max(block, 1), writer: writer))
  }

  /// Looks up the names of the one row of exclusions for all queries, before the first block.
  func lookUpNames() {
    guard exclusions.count == 1 else { return }
    state.withLock { $0.searchLeft = searching(without: exclusions[0]) }
  }

  /// Searches one block.
  func step() throws -> Work.Progress {
    try state.withLock { state in
      let start = ContinuousClock.now
      let places = state.next..<min(state.next + state.block, queries.count)
      let answers = try search(places, &state)
      metrics.asked(places.count, unknown: answers.count { $0.basis != .known })
      metrics.answered(answers.map(\.basis))
      let ratings =
        predictsRatings
        ? try servable.ratings(of: answers, features: features.map { Array($0[places]) }) : answers.map { _ in nil }
      state.writer.append(answers.map { filled($0.recommendations) }, ratings: ratings)
      state.next = places.upperBound
      if state.next == queries.count { return .answer(state.writer.reply()) }
      adapt(&state.block, to: ContinuousClock.now - start)
      return .unfinished
    }
  }

  private func search(_ places: Range<Int>, _ state: inout State) throws -> [Servable.Answer] {
    if let row = exclusions.first, exclusions.count == 1, !row.isEmpty {
      let searchLeft = state.searchLeft ?? searching(without: row)
      state.searchLeft = searchLeft
      return try searchLeft(places)
    }
    let (block, rows) = (Array(queries[places]), exclusions.count > 1 ? Array(exclusions[places]) : [])
    if let features {
      return try servable.recommend(block, features: Array(features[places]), k: k, exclusions: rows)
    }
    if block.count == 1, rows.isEmpty { return [try servable.recommend(block[0], k: k)] }
    return servable.recommend(block, k: k, exclusions: rows)
  }

  /// Returns a search without the candidates of `row`, whose names are looked up once for all blocks.
  private func searching(without row: [String]) -> @Sendable (Range<Int>) throws -> [Servable.Answer] {
    let allowed = servable.candidates(excluding: row)
    return { [servable, queries, features, k] places in
      let block = Array(queries[places])
      guard let features else { return try servable.recommend(block, k: k, filter: allowed) }
      return try servable.recommend(block, features: Array(features[places]), k: k, filter: allowed)
    }
  }

  /// Fills a list up to the common length, as exported forms do.
  private func filled(_ list: RankedList) -> RankedList {
    let missing = min(k, servable.candidateCount) - list.count
    return missing > 0 ? list + Array(repeating: Self.nothing, count: missing) : list
  }

  /// The entry where fewer than k candidates are left.
  private static let nothing: (candidate: String, score: Float) = ("", -3.4028235e38)

  private func adapt(_ block: inout Int, to duration: Duration) {
    if duration > Self.stepTime * 2 {
      block = max(block / 2, 1)
    } else if duration * 2 < Self.stepTime {
      block = min(block * 2, Self.largestBlock)
    }
  }
}
