import NIOCore
import Synchronization

/// The open connections, and which of them can be closed when there are too many.
package final class ConnectionTable: Sendable {
  /// The standing of a connection among others who want its place.
  enum Standing: UInt8, AtomicRepresentable {
    /// Nobody whom the server must answer has asked on it yet.
    case stranger
    /// It waits for a request, or for the rest of one.
    case idle
    /// It is to take an answer, or the rest of one.
    case sending
    /// A request of it is being answered.
    case busy
  }

  /// A connection as the table knows it.
  final class Entry: Sendable {
    fileprivate let channel: any Channel
    /// `true` if it came while as many as there may be were being answered: it is told of health and metrics, and nothing else.
    let isExtra: Bool
    private let standing: Atomic<Standing>
    /// Nanoseconds of the monotonic clock: when it last got something.
    private let since: Atomic<UInt64>

    fileprivate init(_ channel: any Channel, _ standing: Standing, isExtra: Bool) {
      self.channel = channel
      self.isExtra = isExtra
      self.standing = Atomic(standing)
      since = Atomic(NIODeadline.now().uptimeNanoseconds)
    }

    func stands(_ new: Standing) {
      standing.store(new, ordering: .relaxed)
      // Nobody asks since when a connection is being answered.
      guard new != .busy else { return }
      since.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }

    /// `true` unless it is being answered.
    var mayGiveWay: Bool { standing.load(ordering: .relaxed) != .busy }

    /// The least of these is closed first; nil while it is being answered.
    fileprivate var rank: (standing: UInt8, since: UInt64)? {
      let standing = standing.load(ordering: .relaxed)
      return standing == .busy ? nil : (standing.rawValue, since.load(ordering: .relaxed))
    }
  }

  /// Asks a connection to close unless it is being answered.
  struct GiveWay: Sendable {}

  private let metrics: Metrics
  /// Connections that are to be added, and are too many.
  private let extras = Mutex(0)
  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

  package init(_ metrics: Metrics) { self.metrics = metrics }

  func add(_ channel: any Channel, _ standing: Standing) -> Entry {
    let isExtra = extras.withLock { extras in
      guard extras > 0 else { return false }
      extras -= 1
      return true
    }
    let entry = Entry(channel, isExtra ? .stranger : standing, isExtra: isExtra)
    entries.withLock { $0[ObjectIdentifier(entry)] = entry }
    metrics.connectionOpened()
    return entry
  }

  /// The connection that is added next is one too many.
  func expectExtra() { extras.withLock { $0 += 1 } }

  func remove(_ entry: Entry) {
    entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(entry)) }
    metrics.connectionClosed()
  }

  /// Closes those that have been idle longest, strangers' first, and last those that take nothing of their answers.
  ///
  /// - Parameter count: of connections that are closed at the most.
  /// - Returns: how many of those that are closed may ask for everything.
  @discardableResult func giveWay(_ count: Int) -> Int {
    let ranked = entries.withLock { entries in
      entries.values.compactMap { entry in entry.rank.map { (entry: entry, rank: $0) } }
    }
    let chosen = ranked.sorted { $0.rank < $1.rank }.prefix(count)
    for (entry, _) in chosen { entry.channel.pipeline.fireUserInboundEventTriggered(GiveWay()) }
    return chosen.count { !$0.entry.isExtra }
  }

  /// Connections that are one too many, those that are still to be added among them.
  var extraCount: Int { entries.withLock { $0.values.count { $0.isExtra } } + extras.withLock { $0 } }
}
