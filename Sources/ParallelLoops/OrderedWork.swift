/// Work on items that come one after another, on several threads, whose outcomes are collected in the order of the items
/// while later items are worked on.
///
/// The thread that adds items works too, when enough of them wait: at most `threads` threads work, and at most as many
/// items wait. Which thread works on which item is left to chance.
package final class OrderedWork<Item: Sendable>: Sendable {
  /// Works on an item. A lane is one thread's own until the item was collected.
  package typealias Work = @Sendable (_ lane: Int, Item) -> Void
  /// Takes what the work left in its lane; never called twice at once.
  package typealias Collect = @Sendable (_ lane: Int) -> Void

  private let shared: SharedOrderedWork<Item>

  package init(threads: Int, work: @escaping Work, collect: @escaping Collect) {
    shared = SharedOrderedWork(threads: max(threads, 1), work: work, collect: collect)
  }

  /// Items that nobody has begun are forgotten.
  deinit { shared.end() }

  /// Adds an item. One thread adds them all.
  package func add(_ item: Item) { shared.add(item) }

  /// Returns when all items were collected.
  package func finish() { shared.finish() }
}

private final class SharedOrderedWork<Item: Sendable>: Sendable {
  private struct State {
    var waiting: [Item] = []
    var added = 0
    var begun = 0
    var collected = 0
    var isEnded = false
    var threads: [POSIXThread] = []

    mutating func take() -> (number: Int, item: Item)? {
      guard !waiting.isEmpty else { return nil }
      begun += 1
      return (begun - 1, waiting.removeFirst())
    }
  }

  private let threads: Int
  private let work: OrderedWork<Item>.Work
  private let collect: OrderedWork<Item>.Collect
  private let state = Monitor(State())

  init(threads: Int, work: @escaping OrderedWork<Item>.Work, collect: @escaping OrderedWork<Item>.Collect) {
    self.threads = threads
    self.work = work
    self.collect = collect
  }

  func add(_ item: Item) {
    let (isFirst, waiting, hasOthers) = state.change { state in
      state.waiting.append(item)
      state.added += 1
      return (state.added == 1, state.waiting.count, !state.threads.isEmpty)
    }
    // One item alone is no work for several.
    if !isFirst, !hasOthers, threads > 1 { startOthers() }
    if waiting > threads || threads == 1 { _ = workOnNext(lane: 0) }
  }

  func finish() {
    while workOnNext(lane: 0) {}
    state.wait { $0.collected == $0.added ? true : nil }
  }

  func end() {
    let threads = state.change { state in
      state.isEnded = true
      state.waiting = []
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  /// - Returns: `false` if no item waits.
  private func workOnNext(lane: Int) -> Bool {
    guard let next = state.change({ $0.take() }) else { return false }
    workOn(next, lane: lane)
    return true
  }

  private func workOn(_ next: (number: Int, item: Item), lane: Int) {
    work(lane, next.item)
    state.wait { $0.collected == next.number ? true : nil }
    collect(lane)
    state.change { $0.collected += 1 }
  }

  /// With fewer threads than wished for, those that run take all items.
  private func startOthers() {
    for lane in 1..<threads {
      guard let thread = POSIXThread({ self.run(lane: lane) }) else { return }
      state.change { $0.threads.append(thread) }
    }
  }

  private func run(lane: Int) {
    while true {
      let next = state.wait { state -> (number: Int, item: Item)?? in
        if let next = state.take() { return .some(next) }
        return state.isEnded ? .some(nil) : nil
      }
      guard let next else { return }
      workOn(next, lane: lane)
    }
  }
}
