import Kernels
import ParallelLoops
import Synchronization
import Testing

@Suite struct ParallelTests {
  @Test("every block is done exactly once, for any number of threads", arguments: [-1, 0, 1, 2, 3, 7, 64])
  func everyBlockOnce(threads: Int) {
    for blocks in [-1, 0, 1, 2, 5, 1000] {
      let done = AlignedFloats(max(blocks, 0))
      let total = Atomic<Int>(0)
      parallel(blocks: blocks, threads: threads) { block in
        done.pointer[block] += 1
        total.add(1, ordering: .relaxed)
      }
      #expect(done.array.allSatisfy { $0 == 1 } && total.load(ordering: .relaxed) == max(blocks, 0))
    }
  }

  @Test("all writes of the threads are visible when the call returns, repeatedly")
  func writesAreSeen() {
    for round in 0..<200 {
      let values = AlignedFloats(16)
      parallel(blocks: 16, threads: 4) { values.pointer[$0] = Float(round + $0) }
      #expect(values.array == (0..<16).map { Float(round + $0) })
    }
  }

  @Test("nested calls return")
  func nested() {
    let total = Atomic<Int>(0)
    parallel(blocks: 4, threads: 3) { _ in
      parallel(blocks: 5, threads: 2) { _ in total.add(1, ordering: .relaxed) }
    }
    #expect(total.load(ordering: .relaxed) == 20)
  }

  @Test("at least one processor is available")
  func processors() { #expect((1...1024).contains(availableProcessors())) }
}
