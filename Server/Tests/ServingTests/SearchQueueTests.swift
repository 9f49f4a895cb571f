import Dispatch
import Serving
import Synchronization
import Testing

@Suite("The queue of searches", .timeLimit(.minutes(1))) struct SearchQueueTests {
  /// A queue of one thread, which is kept busy until all that a test asks for is waiting.
  private final class Bench: Sendable {
    let queue = SearchQueue(threads: 1)
    private let begin = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let names = Mutex<[String]>([])

    init() {
      let isBusy = DispatchSemaphore(value: 0)
      submit("first") {
        isBusy.signal()
        self.begin.wait()
      }
      isBusy.wait()
    }

    @discardableResult func submit(
      _ name: String, expected: Duration = .zero, steps: Int = 1, limit: Int = 1_000, time: Duration = .seconds(60),
      step: @escaping @Sendable () -> Void = {}
    ) -> SearchQueue.Ticket? {
      let left = Mutex(steps)
      let work = Work(expected) {
        step()
        let isLast = left.withLock { left in
          left -= 1
          return left == 0
        }
        return isLast ? .answer(Reply(body: [], route: name)) : .unfinished
      }
      return queue.submit(work, atMost: limit, deadline: Deadline(time, from: .now)) { result in
        self.note((try? result.get().route) ?? "\(name) failed")
      }
    }

    func note(_ name: String) {
      names.withLock { $0.append(name) }
      ended.signal()
    }

    /// Lets the queue go on until so many works have ended.
    func order(_ count: Int) -> [String] {
      begin.signal()
      for _ in 0...count { ended.wait() }
      return Array(names.withLock { $0 }.dropFirst())
    }
  }

  @Test("runs short ones in the order of arrival") func arrival() {
    let bench = Bench()
    for number in 0..<2_000 { bench.submit("\(number)", limit: 3_000) }
    #expect(bench.order(2_000) == (0..<2_000).map { "\($0)" })
  }

  @Test("runs short ones before long ones, and the cheapest long one first") func shortFirst() {
    let bench = Bench()
    bench.submit("long", expected: .seconds(9), steps: 50)
    bench.submit("shorter", expected: .seconds(2), steps: 50)
    bench.submit("short", expected: .milliseconds(1))
    #expect(bench.order(3) == ["short", "shorter", "long"])
  }

  @Test("runs others between the steps of a search that turns out to be long") func steps() {
    let bench = Bench()
    bench.submit("slow", steps: 20) { DispatchSemaphore(value: 0).pause(.milliseconds(6)) }
    for number in 0..<5 { bench.submit("\(number)") }
    #expect(bench.order(6) == ["0", "1", "2", "3", "4", "slow"])
  }

  @Test("gives a long one its share while short ones keep arriving") func share() {
    let bench = Bench()
    bench.submit("long", expected: .seconds(9), steps: 5) { DispatchSemaphore(value: 0).pause(.milliseconds(2)) }
    for number in 0..<200 { bench.submit("\(number)") { DispatchSemaphore(value: 0).pause(.milliseconds(1)) } }
    let order = bench.order(201)
    let place = order.firstIndex(of: "long") ?? 0
    #expect((15..<150).contains(place), "after \(place) short ones")
  }

  @Test("refuses more than it may hold") func limit() {
    let bench = Bench()
    #expect(bench.submit("a", limit: 2) != nil)
    #expect(bench.submit("b", limit: 2) == nil)
    #expect(bench.order(1) == ["a"])
  }

  @Test("starts no search that is cancelled or past its deadline") func notBegun() {
    let bench = Bench()
    let begun = Atomic(0)
    let count: @Sendable () -> Void = { begun.wrappingAdd(1, ordering: .relaxed) }
    bench.submit("cancelled", step: count)?.cancel()
    bench.submit("late", time: .zero, step: count)
    #expect(bench.order(2) == ["cancelled failed", "late failed"])
    #expect(begun.load(ordering: .relaxed) == 0)
  }

  @Test("keeps a thread for others, however many indivisible searches there are", .timeLimit(.minutes(1)))
  func blocking() {
    let queue = SearchQueue(threads: 2)
    let (go, ended, short) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let deadline = Deadline(.seconds(60), from: .now)
    for _ in 0..<5 {
      let work = Work.one(.seconds(1)) {
        go.wait()
        return Reply(body: [])
      }
      #expect(queue.submit(work, atMost: 9, deadline: deadline) { _ in ended.signal() } != nil)
    }
    #expect(queue.submit(.one(.zero) { Reply(body: []) }, atMost: 9, deadline: deadline) { _ in short.signal() } != nil)
    short.wait()
    for _ in 0..<5 { go.signal() }
    for _ in 0..<5 { ended.wait() }
    #expect(queue.waitingCount == 0)
  }

  @Test("runs what a request becomes once it is parsed") func becomes() {
    let bench = Bench()
    let ended = DispatchSemaphore(value: 0)
    let work = Work(.zero) { .becomes(.one(.zero) { Reply(body: [], route: "understood") }) }
    let ticket = bench.queue.submit(work, atMost: 9, deadline: Deadline(.seconds(60), from: .now)) { result in
      #expect((try? result.get().route) == "understood")
      ended.signal()
    }
    #expect(ticket != nil)
    _ = bench.order(0)
    ended.wait()
  }
}

extension DispatchSemaphore {
  fileprivate func pause(_ interval: DispatchTimeInterval) { _ = wait(timeout: .now() + interval) }
}
