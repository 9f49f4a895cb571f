/// Threads that wait for work, so that a short parallel loop need not make its own.
///
/// There are as many as were ever wished for at once, and they live as long as the process.
final class WorkerThreads: Sendable {
  static let shared = WorkerThreads()

  private let state = Monitor(State())

  /// Runs `work` on this thread and on up to `others` more, and returns when all are done with it.
  ///
  /// A thread that has not begun when this one is done does not begin, so that calls within `work`, and from several
  /// threads at once, always return.
  func run(_ work: some ParallelWork, others: Int) {
    let done = Monitor(0)
    let (number, isShort) = state.change(waking: others) { state in
      (state.offer(work, others, done), state.missing > 0)
    }
    if isShort { startMissing() }
    work.run()
    let begun = state.change(waking: 0) { $0.withdraw(number) }
    if begun > 0 { done.wait { $0 == begun ? true : nil } }
  }

  /// With fewer threads than wished for, those that run take all work.
  private func startMissing() {
    while state.change(waking: 0, { $0.addThread() }) {
      guard let thread = POSIXThread({ self.workForever() }) else {
        state.change(waking: 0) { $0.free -= 1 }
        return
      }
      thread.detach()
    }
  }

  private func workForever() {
    while true {
      let done = workOnce()
      // Free before the work is known to be done, so that the next call starts no further thread.
      state.change(waking: 0) { $0.free += 1 }
      done.change { $0 += 1 }
    }
  }

  /// - Returns: what counts the threads that are done. The work itself was let go of.
  @inline(never)
  private func workOnce() -> Monitor<Int> {
    let (work, done) = state.wait { $0.take() }
    work.run()
    return done
  }
}

/// Work that several threads do together.
protocol ParallelWork: AnyObject, Sendable {
  /// Does work until none is left that nobody has begun; called once by each thread.
  func run()
}

extension WorkerThreads {
  /// Work that further threads may begin.
  private struct Offer {
    let number: Int
    let work: any ParallelWork
    /// Counts the threads that have begun and are done.
    let done: Monitor<Int>
    var wished: Int
    var begun = 0
  }

  private struct State {
    private var offers: [Offer] = []
    private var offered = 0
    /// Number of threads that are at no work.
    var free = 0

    /// Number of threads that are wished for and not there.
    var missing: Int { offers.reduce(0) { $0 + $1.wished } - free }

    mutating func offer(_ work: any ParallelWork, _ wished: Int, _ done: Monitor<Int>) -> Int {
      offered += 1
      offers.append(Offer(number: offered, work: work, done: done, wished: wished))
      return offered
    }

    /// - Returns: `false` if there are enough.
    mutating func addThread() -> Bool {
      guard missing > 0 else { return false }
      free += 1
      return true
    }

    mutating func take() -> (any ParallelWork, Monitor<Int>)? {
      guard let place = offers.firstIndex(where: { $0.wished > 0 }) else { return nil }
      offers[place].wished -= 1
      offers[place].begun += 1
      free -= 1
      return (offers[place].work, offers[place].done)
    }

    /// - Returns: the number of threads that have begun.
    mutating func withdraw(_ number: Int) -> Int {
      guard let place = offers.firstIndex(where: { $0.number == number }) else { return 0 }
      return offers.remove(at: place).begun
    }
  }
}
