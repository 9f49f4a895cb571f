import ParallelLoops
import Synchronization
import Testing

@Suite struct OrderedWorkTests {
  /// A number that takes a different time for each item.
  private static func slow(_ item: Int) -> Int {
    var value = item
    for step in 0..<(item % 7) * 2_000 { value = (value &* 31 &+ step) % 1_000_003 }
    return value
  }

  @Test("outcomes are collected in the order of the items, for any number of threads", arguments: [0, 1, 2, 3, 8])
  func order(threads: Int) {
    for count in [0, 1, 2, 3, 100, 1_000] {
      let lanes = Mutex([Int?](repeating: nil, count: max(threads, 1)))
      let collected = Mutex<[Int]>([])
      let work = OrderedWork<Int>(threads: threads) { lane, item in
        let value = Self.slow(item)
        lanes.withLock { lanes in
          #expect(lanes[lane] == nil, "a lane is empty when its next item comes")
          lanes[lane] = value
        }
      } collect: { lane in
        let value = lanes.withLock { lanes in
          defer { lanes[lane] = nil }
          return lanes[lane]
        }
        collected.withLock { $0.append(value ?? -1) }
      }
      for item in 0..<count { work.add(item) }
      work.finish()
      #expect(collected.withLock { $0 } == (0..<count).map(Self.slow))
      // More may come.
      work.add(count)
      work.finish()
      #expect(collected.withLock(\.count) == count + 1)
    }
  }

  @Test("work that is given up ends, and nobody waits for its items")
  func givenUp() {
    let collected = Atomic<Int>(0)
    do {
      let work = OrderedWork<Int>(threads: 4) { _, item in
        _ = Self.slow(item)
      } collect: { _ in
        collected.add(1, ordering: .relaxed)
      }
      for item in 0..<100 { work.add(item) }
    }
    let atItsEnd = collected.load(ordering: .relaxed)
    #expect(atItsEnd <= 100)
    for _ in 0..<1_000 { #expect(collected.load(ordering: .relaxed) == atItsEnd, "no thread goes on") }
  }
}
