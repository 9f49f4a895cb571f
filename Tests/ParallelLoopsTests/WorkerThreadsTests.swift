import Glibc
import Synchronization
import Testing

@testable import ParallelLoops

@Suite struct WorkerThreadsTests {
  /// Work that ends when as many threads are at it as are asked for, and records which they were.
  private final class Meeting: ParallelWork {
    private let expected: Int
    private let present = Monitor<Set<UInt>>([])

    init(of expected: Int) { self.expected = expected }

    var threads: Set<UInt> { present.change { $0 } }

    func run() {
      present.change { _ = $0.insert(UInt(pthread_self())) }
      present.wait { $0.count == expected ? true : nil }
    }
  }

  @Test("as many threads are at work side by side as are asked for, and the same ones again in the next call")
  func reuse() {
    let workers = WorkerThreads()
    var seen: Set<UInt> = []
    for _ in 0..<200 {
      let meeting = Meeting(of: 4)
      workers.run(meeting, others: 3)
      seen.formUnion(meeting.threads)
    }
    #expect(seen.count == 4)
  }

  @Test("calls within calls, and from several threads at once, have threads of their own")
  func atOnce() {
    let workers = WorkerThreads()
    final class Outer: ParallelWork {
      let workers: WorkerThreads
      let threads = Atomic<Int>(0)
      init(_ workers: WorkerThreads) { self.workers = workers }
      func run() {
        let meeting = Meeting(of: 3)
        workers.run(meeting, others: 2)
        threads.add(meeting.threads.count, ordering: .relaxed)
      }
    }
    let outer = Outer(workers)
    let others = (0..<3).compactMap { _ in POSIXThread { workers.run(outer, others: 0) } }
    workers.run(outer, others: 1)
    for thread in others { thread.join() }
    #expect(outer.threads.load(ordering: .relaxed) >= 3 * (others.count + 1))
  }

  @Test("work is let go of when the call returns")
  func lifetime() {
    final class Counted: ParallelWork {
      let count: Monitor<Int>
      init(_ count: Monitor<Int>) { self.count = count }
      deinit { count.change { $0 += 1 } }
      func run() {}
    }
    let (workers, ended) = (WorkerThreads(), Monitor(0))
    for call in 1...500 {
      workers.run(Counted(ended), others: 3)
      #expect(ended.change { $0 } == call)
    }
  }
}
