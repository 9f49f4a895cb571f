import Artifacts
package import Kernels
import ParallelLoops
import Synchronization
import SystemFiles

/// The answers of a search to the judged queries, under both protocols: lists, best first, and where the targets stand
/// in them.
package struct AnsweredLists: Sendable {
  /// A list of each query, by protocol.
  let lists: [JaggedArray]
  /// The place of each target from 0, by protocol; -1 beyond the list. One that was seen stands there as it would if it
  /// alone of what was seen competed.
  private let places: [[Int32]]

  private init(_ answers: [Answer]) {
    lists = SeenProtocol.allCases.map { seen in
      var lists = JaggedArray()
      for answer in answers { lists.append(answer.lists[seen.place]) }
      return lists
    }
    places = SeenProtocol.allCases.map { seen in answers.flatMap { $0.places[seen.place] } }
  }

  /// The lists of all parts, in their order.
  init(joining parts: [AnsweredLists]) {
    lists = SeenProtocol.allCases.map { seen in
      var lists = JaggedArray()
      for part in parts.map({ $0.lists[seen.place] }) { for query in 0..<part.count { lists.append(part[query]) } }
      return lists
    }
    places = SeenProtocol.allCases.map { seen in parts.flatMap { $0.places[seen.place] } }
  }

  /// - Parameter name: the one that `add` was given.
  init(_ file: ArtifactFile, _ name: String) throws {
    lists = try SeenProtocol.allCases.map { seen in
      let section = "\(name).\(seen.place)"
      let starts: [Int64] = try file.read("\(section).starts")
      guard let lists = JaggedArray(try file.read("\(section).values"), starts: starts.map { Int($0) }) else {
        throw FileError(file.path, ArtifactError.damaged(part: "section \"\(section).starts\""))
      }
      return lists
    }
    places = try SeenProtocol.allCases.map { try file.read("\(name).\($0.place).places") }
  }

  func add(to writer: ArtifactWriter, _ name: String) throws {
    for seen in SeenProtocol.allCases {
      let section = "\(name).\(seen.place)"
      try writer.add("\(section).starts", lists[seen.place].starts.map { Int64($0) })
      try writer.add("\(section).values", lists[seen.place].values)
      try writer.add("\(section).places", places[seen.place])
    }
  }

  /// One question to an index.
  package struct Request: Sendable {
    /// The row of the query's vector.
    package let row: Int
    /// Candidates to leave out, rising.
    package let excluded: [Int32]
  }

  /// Returns the best `k` candidates of each request, best first.
  package typealias Search = @Sendable (_ vectors: Matrix, _ requests: [Request], _ k: Int) -> [[Int32]]

  /// Queries that are asked about together.
  private static let rows = 48

  /// Asks for the longest judged list, twice for every query: seen items compete, or are excluded within
  /// the search. For a target that was seen it is asked once more, without all else that was.
  ///
  /// - Parameter vectors: a row for each judged query.
  package init(_ judge: Judge, vectors: Matrix, search: Search) {
    let judged = judge.judged
    precondition(vectors.rows == judged.count, "\(vectors.rows) vectors of \(judged.count) queries")
    let blocks = parallelMap((judged.count + Self.rows - 1) / Self.rows, threads: judge.threads) { block in
      let queries = block * Self.rows..<min((block + 1) * Self.rows, judged.count)
      var lists = search(vectors, queries.flatMap { Self.requests(of: $0, judged) }, judge.limit)[...]
      return queries.map { Self.answer(to: $0, judged, taking: &lists) }
    }
    self.init(Array(blocks.joined()))
  }

  /// Targets that the query has seen, and that can be retrieved: each has a search of its own.
  private static func seenTargets(of query: Int, _ judged: JudgedQueries) -> [Int32] {
    (judged.targets.starts[query]..<judged.targets.starts[query + 1]).filter { !judged.isNew[$0] }.map {
      judged.targets.values[$0]
    }.filter { Int($0) < judged.candidateCount }
  }

  private static func requests(of query: Int, _ judged: JudgedQueries) -> [Request] {
    let seen = Array(judged.seen[query])
    return [Request(row: query, excluded: []), Request(row: query, excluded: seen)]
      + seenTargets(of: query, judged).map { target in
        Request(row: query, excluded: seen.filter { $0 != target })
      }
  }

  /// - Parameter lists: those of the query's requests come first, and are taken away.
  private static func answer(
    to query: Int, _ judged: JudgedQueries, taking lists: inout ArraySlice<[Int32]>
  ) -> Answer {
    func places(_ list: [Int32]) -> [Int32: Int32] {
      Dictionary(list.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
    }
    var answer = Answer(lists: Array(lists.prefix(2)))
    lists = lists.dropFirst(2)
    var found = answer.lists.map(places)
    for target in seenTargets(of: query, judged) {
      found[1][target] = lists.popFirst()?.firstIndex(of: target).map { Int32($0) }
    }
    for seen in SeenProtocol.allCases {
      answer.places[seen.place] = judged.targets[query].map { found[seen.place][$0] ?? -1 }
    }
    return answer
  }

  private struct Answer {
    var lists: [[Int32]]
    var places: [[Int32]] = [[], []]
  }

  /// The answers to one query.
  struct Line: AnsweredLine {
    let query: Int
    fileprivate let answers: AnsweredLists

    func count(_ seen: SeenProtocol) -> Int { answers.lists[seen.place][query].count }

    func candidate(_ place: Int, _ seen: SeenProtocol) -> Int {
      let list = answers.lists[seen.place]
      return Int(list.values[list.starts[query] + place])
    }

    func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)? {
      let place = answers.places[seen.place][target]
      return place < 0 ? nil : (Int(place), 0)
    }
  }

  func line(_ query: Int) -> Line { Line(query: query, answers: self) }

  /// Keeps the lists of a judge, query by query, in any order.
  final class Keeper: Sendable {
    private let answers: Mutex<[Answer]>

    init(_ judged: JudgedQueries) {
      answers = Mutex([Answer](repeating: Answer(lists: [[], []]), count: judged.count))
    }

    func take(_ lines: [QueryLine], _ judged: JudgedQueries) {
      let kept = lines.map { line in
        let targets = judged.targets.starts[line.query]..<judged.targets.starts[line.query + 1]
        return Answer(
          lists: SeenProtocol.allCases.map { seen in
            (0..<line.count(seen)).map { Int32(line.candidate($0, seen)) }
          },
          places: SeenProtocol.allCases.map { seen in
            targets.map { line.place($0, seen, judged).map { Int32($0) } ?? -1 }
          })
      }
      answers.withLock { answers in for (line, answer) in zip(lines, kept) { answers[line.query] = answer } }
    }

    var lists: AnsweredLists { AnsweredLists(answers.withLock { $0 }) }
  }
}
