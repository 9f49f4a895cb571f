import CSystemCalls
import Glibc
import Synchronization

/// Runs `body` once for every block, on up to `threads` threads, and returns when all are done.
///
/// Which thread takes which block is left to chance, so a body may depend on its block alone and must write where no
/// other block does: then the outcome is the same for any number of threads.
package func parallel(blocks: Int, threads: Int, _ body: @Sendable (_ block: Int) -> Void) {
  guard threads > 1, blocks > 1 else {
    for block in 0..<max(blocks, 0) { body(block) }
    return
  }
  withoutActuallyEscaping(body) { body in
    WorkerThreads.shared.run(Blocks(count: blocks, body: body), others: min(threads, blocks) - 1)
  }
}

private final class Blocks: ParallelWork {
  private let next = Atomic<Int>(0)
  private let count: Int
  private let body: @Sendable (Int) -> Void

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  func run() {
    while true {
      let block = next.add(1, ordering: .relaxed).oldValue
      guard block < count else { return }
      body(block)
    }
  }
}

/// The number of processors that this process may run on, which `taskset` and schedulers may have narrowed.
package func availableProcessors() -> Int {
  let allowed = Int(cs_processors())
  return max(1, allowed > 0 ? allowed : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
