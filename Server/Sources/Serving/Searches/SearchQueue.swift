import NIOPosix
import Synchronization

/// Shares a few threads among searches, a step at a time, so that no request waits for the whole of another's work.
///
/// A request that has had little time goes first, in the order of arrival; of those that need long the one goes first
/// that has least left to do. While both wait, the long ones get a quarter of the time, so that they end, too.
/// (Shortest remaining processing time, with feedback: Kleinrock, Queueing Systems, volume 2, 1976, chapter 4.) Long
/// ones that cannot be parted never take all threads.
package final class SearchQueue: Sendable {
  /// The time after which a request counts as long.
  private static let shortTime = Duration.milliseconds(10)
  /// The time that short requests get for each unit of the long ones' while both wait.
  private static let shortShare = 3

  private struct Waiting {
    var work: Work
    let deadline: Deadline
    let arrival: Int
    let ticket: Ticket
    var spent = Duration.zero
    /// `true` if both kinds were waiting when its step began.
    var isShared = false
    let end: @Sendable (Result<Reply, any Error>) -> Void

    var isShort: Bool { max(spent, work.duration) < SearchQueue.shortTime }
    /// `true` if its next step keeps a thread busy for long.
    var isBlocking: Bool { !isShort && !work.isParted }
    var left: Duration { max(work.duration - spent, .zero) }
  }

  private struct State {
    var short: Deque = Deque()
    var long: [Waiting] = []
    var arrivals = 0
    /// The time that each kind has had while both waited.
    var shortTime = Duration.zero
    var longTime = Duration.zero
    var blocking = 0
    /// The number of threads that found only blocking work while as much of it as allowed was running.
    var passed = 0
  }

  /// A first-in-first-out queue; the storage of taken items is freed in batches.
  private struct Deque {
    private var items: [Waiting?] = []
    private var first = 0
    var isEmpty: Bool { first == items.count }

    mutating func append(_ item: Waiting) { items.append(item) }

    mutating func popFirst() -> Waiting? {
      guard !isEmpty else { return nil }
      let item = items[first]
      items[first] = nil
      first += 1
      if first == items.count || first > 1_024 {
        items.removeFirst(first)
        first = 0
      }
      return item
    }
  }

  private let state = Mutex(State())
  private let pool: NIOThreadPool
  private let waiting = Atomic(0)
  /// The number of works that wait or are running.
  private let present = Atomic(0)

  /// A handle of a submitted work, by which it can be cancelled.
  package final class Ticket: Sendable {
    private let queue: SearchQueue
    fileprivate let isCancelled = Atomic(false)
    private let hasLeft = Atomic(false)

    fileprivate init(_ queue: SearchQueue) { self.queue = queue }

    /// Cancels the work: no further step begins, and its place in the queue is free.
    package func cancel() {
      isCancelled.store(true, ordering: .relaxed)
      leave()
    }

    /// Frees its place in the queue, once.
    fileprivate func leave() {
      if !hasLeft.exchange(true, ordering: .relaxed) { queue.present.wrappingSubtract(1, ordering: .relaxed) }
    }
  }

  private let blockingLimit: Int

  /// - Parameter threads: at least two, so that work of a single long step leaves one free.
  package init(threads: Int) {
    blockingLimit = max(threads - 1, 1)
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  /// The number of works that wait for a thread.
  package var waitingCount: Int { waiting.load(ordering: .relaxed) }

  /// Submits a work, whose steps run when it is its turn.
  ///
  /// - Parameters:
  ///   - limit: the greatest number of works that wait or are running.
  ///   - deadline: the time after which no step begins.
  ///   - end: called once, on one of the queue's threads, with the reply, or the error of a step or of the deadline, or
  ///     a `CancellationError`.
  /// - Returns: a handle of the work; `nil` if the queue is full.
  package func submit(
    _ work: Work, atMost limit: Int, deadline: Deadline, end: @escaping @Sendable (Result<Reply, any Error>) -> Void
  ) -> Ticket? {
    guard present.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
      present.wrappingSubtract(1, ordering: .relaxed)
      return nil
    }
    let ticket = Ticket(self)
    state.withLock { state in
      state.arrivals += 1
      add(Waiting(work: work, deadline: deadline, arrival: state.arrivals, ticket: ticket, end: end), to: &state)
    }
    runOneStep()
    return ticket
  }

  private func add(_ item: Waiting, to state: inout State) {
    if item.isShort { state.short.append(item) } else { state.long.append(item) }
    waiting.wrappingAdd(1, ordering: .relaxed)
  }

  /// Asks for a thread, once for each waiting work; which work is next is decided when a thread is free.
  private func runOneStep() {
    pool.submit { _ in
      guard let item = self.state.withLock({ self.next(&$0) }) else { return }
      self.step(item)
    }
  }

  private func next(_ state: inout State) -> Waiting? {
    let isShared = !state.short.isEmpty && !state.long.isEmpty
    if !isShared { (state.shortTime, state.longTime) = (.zero, .zero) }
    let isLongsTurn = isShared && state.longTime * Self.shortShare < state.shortTime
    var item = isLongsTurn ? takeLong(&state) : state.short.popFirst()
    item = item ?? (isLongsTurn ? state.short.popFirst() : takeLong(&state))
    if item == nil { state.passed += 1 } else { waiting.wrappingSubtract(1, ordering: .relaxed) }
    item?.isShared = isShared
    return item
  }

  private func takeLong(_ state: inout State) -> Waiting? {
    let mayBlock = state.blocking < blockingLimit
    var best: (place: Int, left: Duration, arrival: Int)?
    for place in state.long.indices where mayBlock || !state.long[place].isBlocking {
      let (left, arrival) = (state.long[place].left, state.long[place].arrival)
      if best.map({ (left, arrival) < ($0.left, $0.arrival) }) ?? true { best = (place, left, arrival) }
    }
    guard let best else { return nil }
    let item = state.long.remove(at: best.place)
    if item.isBlocking { state.blocking += 1 }
    return item
  }

  /// Ends a blocking work, and asks for a thread again if another blocking work was passed over.
  private func endBlocking() {
    let hasPassed = state.withLock { state in
      state.blocking -= 1
      guard state.passed > 0 else { return false }
      state.passed -= 1
      return true
    }
    if hasPassed { runOneStep() }
  }

  private func step(_ item: Waiting) {
    let isBlocking = item.isBlocking
    defer { if isBlocking { endBlocking() } }
    var item = item
    do {
      if item.ticket.isCancelled.load(ordering: .relaxed) { throw CancellationError() }
      try item.deadline.check()
      let start = ContinuousClock.now
      let progress = try item.work.step()
      let duration = ContinuousClock.now - start
      state.withLock { state in
        if item.isShared, item.isShort { state.shortTime += duration }
        if item.isShared, !item.isShort { state.longTime += duration }
        item.spent += duration
        switch progress {
        case .answer: return
        case .unfinished: break
        case .becomes(let work): item.work = work
        }
        add(item, to: &state)
      }
      guard case .answer(let reply) = progress else { return runOneStep() }
      item.ticket.leave()
      item.end(.success(reply))
    } catch {
      item.ticket.leave()
      item.end(.failure(error))
    }
  }
}
