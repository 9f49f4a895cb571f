import Tables
import TwoTower

/// The queries that a model has vectors for and the strangers, in one order by their names: a query that is both is a
/// stranger.
struct MergedQueries {
  /// The names, sorted by bytes.
  private(set) var names = Strings()
  private(set) var history = KnownQueries.Histories()
  /// The histories in their order, where that counts.
  private(set) var inOrder: KnownQueries.Histories?
  /// For each name the row of the model's table, or the complement of its number if the model does not know it.
  private(set) var rows: [Int32] = []
  /// The sorted numbers of queries with a history.
  private(set) var folded: [UInt32] = []
  /// The sorted numbers of queries by their features.
  private(set) var described: [UInt32] = []

  private let strangers: Strangers
  private let histories: KnownQueries.Histories
  private let historiesInOrder: KnownQueries.Histories?
  /// The number of strangers that were taken.
  private var next = 0

  /// - Parameters:
  ///   - known: the names that the model has vectors for, sorted.
  ///   - others, histories: the names whose histories are known, and these.
  ///   - inOrder: the same histories in their order; `nil` where that does not count.
  init(
    _ known: Strings, _ strangers: Strangers, others: Strings, histories: KnownQueries.Histories,
    inOrder: KnownQueries.Histories?
  ) {
    self.strangers = strangers
    (self.histories, historiesInOrder) = (histories, inOrder)
    self.inOrder = inOrder.map { _ in KnownQueries.Histories() }
    var own = [Int](repeating: -1, count: known.count)
    for (place, row) in others.places(in: known).enumerated() where row >= 0 { own[Int(row)] = place }
    for place in 0..<known.count {
      let name = known.utf8(place)
      while next < strangers.names.count, strangers.names.utf8(next).lexicographicallyPrecedes(name) { takeStranger() }
      if next < strangers.names.count, strangers.names.utf8(next).elementsEqual(name) {
        takeStranger()
        continue
      }
      rows.append(QueryNumber(place).row.index)
      names.append(name)
      appendHistory(own[place] < 0 ? nil : own[place])
    }
    while next < strangers.names.count { takeStranger() }
  }

  private mutating func takeStranger() {
    switch strangers.sources[next] {
    case .history(let place):
      folded.append(UInt32(names.count))
      appendHistory(place)
    case .features:
      described.append(UInt32(names.count))
      appendHistory(nil)
    }
    rows.append(~Int32(next))
    names.append(strangers.names.utf8(next))
    next += 1
  }

  /// - Parameter place: of the history; `nil` for none.
  private mutating func appendHistory(_ place: Int?) {
    history.append(place.map { histories[$0] } ?? [])
    if let historiesInOrder { inOrder?.append(place.map { historiesInOrder[$0] } ?? []) }
  }
}
