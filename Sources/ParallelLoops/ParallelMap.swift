/// What `body` gives for every number below `count`, in their order, computed on up to `threads` threads.
package func parallelMap<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  let slots = Slots<Result>(count: count)
  parallel(blocks: count, threads: threads) { slots.values[$0] = body($0) }
  return slots.values.compactMap { $0 }
}

/// Each written by the one worker whose block it is.
private final class Slots<Value>: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Value?>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: nil)
  }

  deinit {
    values.deinitialize()
    values.deallocate()
  }
}
