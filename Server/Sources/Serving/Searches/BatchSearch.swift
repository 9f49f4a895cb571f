import Servable
import Synchronization

/// Candidates and their scores, best first.
typealias RankedList = [(candidate: String, score: Float)]

/// Writes lists of a request's queries, as they are found, in the form that the request asked for.
protocol ListWriter: Sendable {
  /// - Parameter lists: of the queries that follow those before, each as long as all others.
  mutating func append(_ lists: [RankedList])
  mutating func reply() -> Reply
}

/// The search for the lists of many queries, block by block: nobody who asks for one list waits for all of these, and what is
/// written of a block needs its lists no longer.
final class BatchSearch: Sendable {
  /// Time of a block, about: as long as a request for one list may wait.
  private static let stepTime = Duration.milliseconds(4)
  /// Queries from which on a larger block finds no more in the same time.
  private static let largestBlock = 64

  private struct State {
    var next = 0
    var block: Int
    var writer: any ListWriter
    /// Searches among the candidates that the one row of exclusions for all queries leaves.
    var searchLeft: (@Sendable ([String]) throws -> [Servable.Answer])?
  }

  private let servable: Servable
  private let queries: [String]
  private let k: Int
  private let exclusions: [[String]]
  private let metrics: Metrics
  private let state: Mutex<State>

  /// - Parameters:
  ///   - exclusions: a row for each query, one for all, or none.
  ///   - searchTime: of one query, as expected.
  init(
    _ servable: Servable, _ queries: [String], k: Int, exclusions: [[String]], searchTime: Duration, metrics: Metrics,
    writer: some ListWriter
  ) {
    self.servable = servable
    self.queries = queries
    self.k = k
    self.exclusions = exclusions
    self.metrics = metrics
    let block = Int(min(Self.stepTime / max(searchTime, .microseconds(10)), Double(Self.largestBlock)))
    state = Mutex(State(block: max(block, 1), writer: writer))
  }

  /// Looks up what the one row of exclusions for all queries names, before the first block.
  func lookUpNames() {
    guard exclusions.count == 1 else { return }
    state.withLock { $0.searchLeft = searching(without: exclusions[0]) }
  }

  /// Finds the lists of one block.
  func step() throws -> Work.Progress {
    try state.withLock { state in
      let start = ContinuousClock.now
      let places = state.next..<min(state.next + state.block, queries.count)
      let answers = try search(places, &state)
      metrics.asked(places.count, unknown: answers.count { $0.basis != .known })
      state.writer.append(answers.map { filled($0.recommendations) })
      state.next = places.upperBound
      if state.next == queries.count { return .answer(state.writer.reply()) }
      adapt(&state.block, to: ContinuousClock.now - start)
      return .unfinished
    }
  }

  private func search(_ places: Range<Int>, _ state: inout State) throws -> [Servable.Answer] {
    if places.count == 1, exclusions.isEmpty { return [try servable.recommend(queries[places.lowerBound], k: k)] }
    let block = Array(queries[places])
    if exclusions.count > 1 {
      return try servable.recommend(block, k: k, exclusions: Array(exclusions[places]), threads: 1)
    }
    guard let row = exclusions.first, !row.isEmpty else { return try servable.recommend(block, k: k, threads: 1) }
    let searchLeft = state.searchLeft ?? searching(without: row)
    state.searchLeft = searchLeft
    return try searchLeft(block)
  }

  /// Names are looked up once for all blocks.
  private func searching(without row: [String]) -> @Sendable ([String]) throws -> [Servable.Answer] {
    let allowed = servable.candidates(excluding: row)
    return { [servable, k] block in try servable.recommend(block, k: k, filter: allowed, threads: 1) }
  }

  /// Makes a list as long as every other: what is missing is filled up, as in exported forms.
  private func filled(_ list: RankedList) -> RankedList {
    let missing = min(k, servable.candidateCount) - list.count
    return missing > 0 ? list + Array(repeating: Self.nothing, count: missing) : list
  }

  /// Stands where fewer than k candidates are left.
  private static let nothing: (candidate: String, score: Float) = ("", -3.4028235e38)

  private func adapt(_ block: inout Int, to duration: Duration) {
    if duration > Self.stepTime * 2 {
      block = max(block / 2, 1)
    } else if duration * 2 < Self.stepTime {
      block = min(block * 2, Self.largestBlock)
    }
  }
}
