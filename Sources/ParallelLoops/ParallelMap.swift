/// The results of `body` for every number below `count`, in their order, computed on up to `threads` threads.
package func parallelMap<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  unsafe [Result](unsafeUninitializedCapacity: max(count, 0)) { results, initialised in
    guard let first = results.baseAddress else { return }
    // Each place is written once, by the worker whose block it is, before the call returns.
    nonisolated(unsafe) let start = unsafe first
    parallel(blocks: count, threads: threads) { unsafe (start + $0).initialize(to: body($0)) }
    initialised = max(count, 0)
  }
}
