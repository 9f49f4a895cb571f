import NIOCore
import Synchronization

/// The table of open connections, which decides which are closed when there are too many.
package final class ConnectionTable: Sendable {
  /// The activity of a connection, from the first that is closed for another to the last.
  enum Activity: UInt8, AtomicRepresentable {
    /// It has not yet sent a request that the server must answer.
    case stranger
    /// It waits for a request, or for the rest of one.
    case idle
    /// It is receiving a reply.
    case sending
    /// One of its requests is being answered.
    case busy
  }

  /// One connection of the table.
  final class Entry: Sendable {
    fileprivate let channel: any Channel
    private let exceedsLimit: Atomic<Bool>
    /// `true` if it was asked to close, which it does unless it has begun to be answered.
    private let isAsked = Atomic(false)
    private let activity: Atomic<Activity>
    /// The time of its last activity, in nanoseconds of the monotonic clock.
    private let since: Atomic<UInt64>
    /// The time when it was opened, likewise.
    fileprivate let opened = NIODeadline.now().uptimeNanoseconds

    /// The age below which what a connection asks may not have been read yet, in nanoseconds.
    private static let freshness: UInt64 = 100_000_000

    fileprivate init(_ channel: any Channel, _ activity: Activity, isExtra: Bool) {
      self.channel = channel
      exceedsLimit = Atomic(isExtra)
      self.activity = Atomic(activity)
      since = Atomic(NIODeadline.now().uptimeNanoseconds)
    }

    func setActivity(_ new: Activity) {
      activity.store(new, ordering: .relaxed)
      // The time is needed only of connections that may be closed.
      guard new != .busy else { return }
      since.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }

    /// `true` if it exceeds the limit of connections: only its requests for health and metrics are answered.
    var isExtra: Bool { exceedsLimit.load(ordering: .relaxed) }

    /// `true` if it is within the limit, and stays open as far as the table knows.
    fileprivate var hasPlace: Bool {
      !isExtra && !(isAsked.load(ordering: .relaxed) && mayGiveWay)
    }

    fileprivate func takePlace() { exceedsLimit.store(false, ordering: .relaxed) }

    fileprivate func askToClose() {
      isAsked.store(true, ordering: .relaxed)
      channel.pipeline.fireUserInboundEventTriggered(GiveWay())
    }

    /// `true` unless it is being answered.
    var mayGiveWay: Bool { activity.load(ordering: .relaxed) != .busy }

    /// The order in which connections are closed, the least first; `nil` while one is being answered.
    fileprivate var rank: (activity: UInt8, since: UInt64)? {
      let activity = activity.load(ordering: .relaxed)
      return activity == .busy ? nil : (activity.rawValue, since.load(ordering: .relaxed))
    }

    fileprivate var isFresh: Bool { NIODeadline.now().uptimeNanoseconds - opened < Self.freshness }
  }

  /// The event that asks a connection to close unless it is being answered.
  struct GiveWay: Sendable {}

  private let metrics: Metrics
  private let limit: Int
  /// The number of connections to come that exceed the limit.
  private let extras = Mutex(0)
  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
  /// `true` while no further connection is accepted.
  private let lacksRoom = Atomic(false)

  /// - Parameter limit: the greatest number of connections whose requests are answered.
  package init(_ metrics: Metrics, limit: Int) {
    self.metrics = metrics
    self.limit = limit
  }

  func add(_ channel: any Channel, _ activity: Activity) -> Entry {
    let isExtra = extras.withLock { extras in
      guard extras > 0 else { return false }
      extras -= 1
      return true
    }
    let entry = Entry(channel, isExtra ? .stranger : activity, isExtra: isExtra)
    entries.withLock { $0[ObjectIdentifier(entry)] = entry }
    metrics.connectionOpened()
    return entry
  }

  /// Marks the next connection as one that exceeds the limit.
  func expectExtra() { extras.withLock { $0 += 1 } }

  func remove(_ entry: Entry) {
    entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(entry)) }
    metrics.connectionClosed()
  }

  /// Closes the connections that have been idle longest: first those without an allowed request, last those that read
  /// no reply.
  ///
  /// - Parameter count: the greatest number of connections to close.
  /// - Returns: the number of closed connections within the limit.
  @discardableResult func giveWay(_ count: Int) -> Int {
    let chosen = Self.idlestFirst(entries.withLock { Array($0.values) }).prefix(count)
    for entry in chosen { entry.askToClose() }
    return chosen.count { !$0.isExtra }
  }

  /// Brings a connection that exceeded the limit within it, if one within has closed since, or is idle and closes for it.
  ///
  /// - Returns: `true` if the connection is within the limit now.
  func takesPlace(_ entry: Entry) -> Bool {
    let (isPlaced, leaving) = entries.withLock { entries -> (Bool, Entry?) in
      let placed = entries.values.filter(\.hasPlace)
      let leaving = placed.count < limit ? nil : Self.idlestFirst(placed).first
      guard placed.count < limit || leaving != nil else { return (false, nil) }
      entry.takePlace()
      return (true, leaving)
    }
    leaving?.askToClose()
    return isPlaced
  }

  /// Those that are not being answered, in the order in which they are closed for others. The newest of all is not among
  /// them while it is fresh: nobody has come since for whom it could be closed.
  private static func idlestFirst(_ entries: [Entry]) -> [Entry] {
    let newest = entries.max { $0.opened < $1.opened }
    return entries.filter { $0 !== newest || !$0.isFresh }
      .compactMap { entry in entry.rank.map { (entry: entry, rank: $0) } }
      .sorted { $0.rank < $1.rank }.map(\.entry)
  }

  /// Notes whether the next connection has to wait until another is closed, and closes one if it has.
  func noteRoom(isThere: Bool) {
    lacksRoom.store(!isThere, ordering: .relaxed)
    if !isThere { giveWay(1) }
  }

  /// Closes one more connection if the next one still waits: the one that was asked to close may have begun a request in
  /// between, or may not have been ready to be asked.
  func makeRoom() {
    if lacksRoom.load(ordering: .relaxed) { giveWay(1) }
  }

  /// The number of connections that exceed the limit, including those still to be added.
  var extraCount: Int { entries.withLock { $0.values.count { $0.isExtra } } + extras.withLock { $0 } }
}
