import BasicAlgorithms
import Interactions
import Tables
import TwoTower

/// Some test events of one or more users, in the order of the users and of time.
struct EventBlock: Sendable {
  /// Each event is a query with one target, and what its user chose before is seen.
  let judged: JudgedQueries
  /// The number of the first event among all.
  let first: Int
  /// The user of each event.
  let users: [Int32]
  /// The row of test of each event.
  let testRows: [Int32]
  /// The newest of what each event's user chose before, in order; empty lists where order is not asked for.
  let newest: [ArraySlice<Int32>]
}

/// Goes through the events a block at a time, so that memory holds the histories of one block: `greatestHistory` numbers,
/// or a single history that is longer.
struct EventBlocks: Sequence, IteratorProtocol {
  static let greatestCount = 4096
  static let greatestHistory = 1 << 22

  private let events: EventSequences
  private let end: Int
  private var user: Int
  private var place = 0
  private var first: Int
  /// Returns the candidates that the user chose before `place`, distinct and rising.
  private var seen: [Int32] = []

  /// - Parameter users: whose events they are; all if `nil`.
  init(_ events: EventSequences, users: Range<Int>? = nil) {
    self.events = events
    let users = users ?? 0..<events.userCount
    (user, end) = (users.lowerBound, users.upperBound)
    first = events.testRows[..<events.choices.starts[user]].count { $0 >= 0 }
  }

  mutating func next() -> EventBlock? {
    var (targets, users, rows) = ([Int32](), [Int32](), [Int32]())
    var (histories, newest) = (JaggedArray(), [ArraySlice<Int32>]())
    while user < end {
      let range = events.choices.range(user)
      while place < range.count {
        let choice = range.lowerBound + place
        if events.testRows[choice] >= 0 {
          let isFull =
            targets.count == Self.greatestCount || histories.values.count + seen.count > Self.greatestHistory
          if isFull, !targets.isEmpty { return block(targets, users, rows, histories, newest) }
          targets.append(events.choices.values[choice])
          users.append(Int32(user))
          rows.append(events.testRows[choice])
          histories.append(seen)
          newest.append(events.choices.values[range.lowerBound..<choice])
        }
        insert(events.choices.values[choice])
        place += 1
      }
      user += 1
      place = 0
      seen = []
    }
    return targets.isEmpty ? nil : block(targets, users, rows, histories, newest)
  }

  private mutating func insert(_ candidate: Int32) {
    let at = seen.indices.partitioningIndex { seen[$0] >= candidate }
    if at == seen.count || seen[at] != candidate { seen.insert(candidate, at: at) }
  }

  private mutating func block(
    _ targets: [Int32], _ users: [Int32], _ rows: [Int32], _ histories: JaggedArray, _ newest: [ArraySlice<Int32>]
  ) -> EventBlock {
    defer { first += targets.count }
    return EventBlock(
      judged: JudgedQueries(events: targets, seen: histories, candidateCount: events.candidateCount), first: first,
      users: users, testRows: rows, newest: newest)
  }
}
