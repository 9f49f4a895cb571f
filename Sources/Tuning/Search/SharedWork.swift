import Glibc

/// The work of a search, which several processes may share by one journal: each does what has no result and what no living
/// process does, and waits for the results of the others.
///
/// No process needs another one. What a process held that died is done by whoever finds it, and one that begins late finds
/// the results.
struct SharedWork {
  let journal: TrialJournal
  /// The place among the units of a step at which this process begins, from 0 to below 1, so that processes seldom want
  /// the same one, and even where files cannot be locked.
  let start: Double
  /// `true` if this process says what all of them find.
  var speaksForAll: Bool { start == 0 }
  /// Called once a step with the number of results that are waited for, if that takes more than a moment.
  let waits: (Int) -> Void

  /// Whoever made a result.
  enum Maker {
    case thisProcess, another
    /// It was there before the step began.
    case earlier
  }

  /// Sees that all units of a step have their results.
  ///
  /// - Parameters:
  ///   - isUsable: `false` for a result that is to be made again.
  ///   - found: called with each result once.
  ///   - make: does the unit at a place.
  /// - Returns: the results in the order of the units.
  func results<Entry: JournalEntry>(
    of units: [SearchUnit], isUsable: (Entry) -> Bool = { _ in true },
    found: (Int, Entry, Maker) -> Void = { _, _, _ in }, make: (Int) throws -> Entry
  ) throws -> [Entry] {
    var results: [Int: Entry] = [:]
    let first = Int(start * Double(units.count))
    var left = units.indices.map { ($0 + first) % units.count }
    func take(_ entry: Entry, at place: Int, _ maker: Maker) {
      left.removeAll { $0 == place }
      results[place] = entry
      found(place, entry, maker)
    }
    func known(_ place: Int) -> Entry? {
      journal.entry(of: units[place]).flatMap { isUsable($0) ? $0 : nil }
    }
    func takeKnown(_ maker: Maker) {
      for place in left { if let entry = known(place) { take(entry, at: place, maker) } }
    }
    takeKnown(.earlier)
    var patience = Patience()
    while !left.isEmpty {
      guard let (place, claim) = try claim(left, of: units) else {
        if patience.isTried() { waits(left.count) }
        takeKnown(.another)
        continue
      }
      defer { claim.release() }
      // Whoever held it may have finished it since it was looked for.
      if let entry = known(place) {
        take(entry, at: place, .another)
        continue
      }
      let entry = try make(place)
      try journal.add(entry, of: units[place])
      left.removeAll { $0 == place }
      takeKnown(.another)
      take(entry, at: place, .thisProcess)
      patience.renew()
    }
    return units.indices.compactMap { results[$0] }
  }

  /// The first of some units that no other process does.
  private func claim(_ places: [Int], of units: [SearchUnit]) throws -> (place: Int, claim: TrialJournal.Claim)? {
    for place in places {
      if let claim = try journal.claim(units[place]) { return (place, claim) }
    }
    return nil
  }

  /// Pauses between looks at what others do, longer and longer so that many processes do not wear out a shared disk.
  private struct Patience {
    private static let (shortest, longest) = (0.02, 2.0)
    private var pause = shortest
    private var hasSaid = false

    /// Pauses.
    ///
    /// - Returns: `true` once, when the pauses have become long enough to be worth a line.
    mutating func isTried() -> Bool {
      usleep(UInt32(1e6 * pause))
      pause = min(1.5 * pause, Self.longest)
      guard pause > 0.5, !hasSaid else { return false }
      hasSaid = true
      return true
    }

    mutating func renew() { pause = Self.shortest }
  }
}
