/// The distinct queries of held-out pairs, with their targets and histories. Where queries are asked in contexts, each
/// context of a query is one of its own, and has the targets that were chosen in it (`inContexts`).
package struct JudgedQueries: Sendable {
  /// The number of each.
  package let queries: [Int32]
  /// Candidates that can be retrieved; greater numbers are of others, which are a miss.
  package let candidateCount: Int
  /// The candidates that each query chose before, distinct and rising.
  package let seen: JaggedArray
  /// The candidates that each query chose before, in the order of the pairs, repeats included; `nil` where
  /// order does not matter.
  let inOrder: JaggedArray?
  /// The candidates that each query is judged by, distinct and rising.
  package let targets: JaggedArray
  /// The number of times that the pair of each target occurs.
  package let occurrences: [Int32]
  /// `true` for targets that the query did not choose before.
  package let isNew: [Bool]
  /// The target of each held-out pair.
  package let targetOfPair: [Int32]
  /// Train pairs of each query.
  package let trainPairs: [Int32]
  /// The context of each query; `nil` where queries are not asked in contexts.
  package private(set) var contexts: [Int32]?
  /// The first of each run of queries that differ by context alone; every query where there are no contexts.
  private(set) var firsts: [Int] = []

  package var count: Int { queries.count }

  /// - Parameters:
  ///   - queryCount, candidateCount: numbers are below; those of candidates may be above.
  ///   - train: may have numbers below 0, which are left out.
  ///   - history: interactions of queries known in addition to train.
  ///   - keepsOrder: `true` if train and history are in the order of time, and models read it.
  ///   - own: what each query has seen, where that is not what train pairs it with.
  package init(
    test: NumberedPairs, train: NumberedPairs, history: NumberedPairs = NumberedPairs(queries: [], candidates: []),
    keepsOrder: Bool = false, seen own: NumberedPairs? = nil, queryCount: Int, candidateCount: Int
  ) {
    var place = [Int32](repeating: -1, count: queryCount)
    for query in test.queries { place[Int(query)] = 0 }
    queries = place.indices.filter { place[$0] == 0 }.map { Int32($0) }
    for (number, query) in queries.enumerated() { place[Int(query)] = Int32(number) }
    self.candidateCount = candidateCount
    func places(_ pairs: NumberedPairs) -> [Int32] {
      zip(pairs.queries, pairs.candidates).map { $0 < 0 || $1 < 0 ? -1 : place[Int($0)] }
    }
    let trained = places(train)
    var trainPairs = [Int32](repeating: 0, count: queries.count)
    for place in trained where place >= 0 { trainPairs[Int(place)] += 1 }
    self.trainPairs = trainPairs
    let chosen = own.map { ($0.candidates, places($0)) } ?? (train.candidates, trained)
    let all = JaggedArray(chosen.0 + history.candidates, in: chosen.1 + places(history), count: queries.count)
    (seen, inOrder) = (all.distinct(), keepsOrder ? all : nil)
    let pairs = JaggedArray(test.queries.indices.map { Int32($0) }, in: places(test), count: queries.count)
    (targets, occurrences, targetOfPair) = Self.targets(pairs, test.candidates)
    isNew = Self.newness(targets, seen)
    firsts = Array(queries.indices)
  }

  /// - Parameters:
  ///   - all: the same without contexts.
  ///   - test: the held-out pairs that it was made of.
  ///   - contexts: of each of them.
  private init(_ all: JudgedQueries, _ test: NumberedPairs, contexts: [Int32]) {
    precondition(contexts.count == test.count, "\(contexts.count) contexts of \(test.count) pairs")
    let places = Dictionary(uniqueKeysWithValues: all.queries.enumerated().map { ($1, $0) })
    let keys = test.queries.indices.map { pair -> UInt64 in
      guard let place = places[test.queries[pair]] else { preconditionFailure("a pair of no judged query") }
      return UInt64(place) << 32 | UInt64(contexts[pair])
    }
    let distinct = Set(keys).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, Int32($0)) })
    let owners = distinct.map { Int($0 >> 32) }
    func repeated(_ lists: JaggedArray) -> JaggedArray {
      var all = JaggedArray()
      for owner in owners { all.append(lists[owner]) }
      return all
    }
    queries = owners.map { all.queries[$0] }
    candidateCount = all.candidateCount
    (seen, inOrder) = (repeated(all.seen), all.inOrder.map(repeated))
    let pairs = JaggedArray(
      test.queries.indices.map { Int32($0) }, in: keys.map { numbers[$0] ?? 0 }, count: distinct.count)
    (targets, occurrences, targetOfPair) = Self.targets(pairs, test.candidates)
    isNew = Self.newness(targets, seen)
    trainPairs = owners.map { all.trainPairs[$0] }
    self.contexts = distinct.map { Int32(truncatingIfNeeded: $0) }
    firsts = owners.indices.filter { $0 == 0 || owners[$0] != owners[$0 - 1] }
  }

  /// The same pairs, with a query for each context that a query is asked in.
  ///
  /// - Parameters:
  ///   - contexts: of each held-out pair, from 0.
  ///   - test: the held-out pairs.
  package func inContexts(_ contexts: [Int32], of test: NumberedPairs) -> JudgedQueries {
    JudgedQueries(self, test, contexts: contexts)
  }

  /// Events, each a query of its own with one target.
  ///
  /// - Parameter seen: distinct and rising candidates for each event.
  init(events targets: [Int32], seen: JaggedArray, candidateCount: Int) {
    queries = targets.indices.map { Int32($0) }
    self.candidateCount = candidateCount
    (self.seen, inOrder) = (seen, nil)
    self.targets = JaggedArray(singles: targets)
    occurrences = [Int32](repeating: 1, count: targets.count)
    isNew = Self.newness(self.targets, seen)
    targetOfPair = queries
    trainPairs = occurrences
    firsts = Array(queries.indices)
  }

  /// Some of the queries, with what each has. The held-out pairs of their targets are left out.
  func part(_ part: Range<Int>) -> JudgedQueries {
    let places = targets.starts[part.lowerBound]..<targets.starts[part.upperBound]
    var some = JudgedQueries(
      queries: Array(queries[part]), candidateCount: candidateCount, seen: seen.part(part),
      inOrder: inOrder?.part(part), targets: targets.part(part), occurrences: Array(occurrences[places]),
      isNew: Array(isNew[places]), targetOfPair: [], trainPairs: Array(trainPairs[part]))
    some.contexts = contexts.map { Array($0[part]) }
    some.firsts = some.queries.indices.filter { $0 == 0 || contexts == nil || some.queries[$0] != some.queries[$0 - 1] }
    return some
  }

  private init(
    queries: [Int32], candidateCount: Int, seen: JaggedArray, inOrder: JaggedArray?, targets: JaggedArray,
    occurrences: [Int32], isNew: [Bool], targetOfPair: [Int32], trainPairs: [Int32]
  ) {
    self.queries = queries
    self.candidateCount = candidateCount
    (self.seen, self.inOrder, self.targets) = (seen, inOrder, targets)
    (self.occurrences, self.isNew) = (occurrences, isNew)
    (self.targetOfPair, self.trainPairs) = (targetOfPair, trainPairs)
  }

  private static func targets(
    _ pairs: JaggedArray, _ candidates: [Int32]
  ) -> (targets: JaggedArray, occurrences: [Int32], targetOfPair: [Int32]) {
    var targets = JaggedArray()
    var occurrences: [Int32] = []
    var targetOfPair = [Int32](repeating: 0, count: candidates.count)
    for query in 0..<pairs.count {
      var distinct: [Int32] = []
      for key in pairs[query].map({ UInt64(candidates[Int($0)]) << 32 | UInt64($0) }).sorted() {
        let (candidate, pair) = (Int32(key >> 32), Int(key & 0xffff_ffff))
        if distinct.last != candidate {
          distinct.append(candidate)
          occurrences.append(0)
        }
        occurrences[occurrences.count - 1] += 1
        targetOfPair[pair] = Int32(occurrences.count - 1)
      }
      targets.append(distinct)
    }
    return (targets, occurrences, targetOfPair)
  }

  private static func newness(_ targets: JaggedArray, _ seen: JaggedArray) -> [Bool] {
    var isNew = [Bool](repeating: true, count: targets.values.count)
    for query in 0..<targets.count {
      var next = seen.starts[query]
      let end = seen.starts[query + 1]
      for place in targets.starts[query]..<targets.starts[query + 1] {
        while next < end, seen.values[next] < targets.values[place] { next += 1 }
        isNew[place] = next == end || seen.values[next] != targets.values[place]
      }
    }
    return isNew
  }

  /// The candidates that a query chose before, as far as they can be retrieved.
  package func history(_ query: Int) -> ArraySlice<Int32> {
    let all = seen[query]
    guard let last = all.last, Int(last) >= candidateCount else { return all }
    return all.prefix { $0 < candidateCount }
  }
}
