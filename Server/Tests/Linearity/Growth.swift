import Glibc

/// The growth of times with sizes, without a word on how long they are.
package struct Growth: CustomStringConvertible {
  /// Nanoseconds of the processor for n, 2n and 4n, the least of some runs.
  package private(set) var times: [Int]

  /// `true` if the times are as good as linear: four times as much takes less than eight times as long, where what is
  /// quadratic takes sixteen. Caches and the allocator account for the rest.
  package var isLinear: Bool {
    // Below this the clock and the first touch of memory are what is measured.
    times[2] < max(times[0], 100_000) * 8
  }

  package var description: String { times.map { "\($0 / 1_000) us" }.joined(separator: ", ") }

  /// n, 2n and 4n, in bytes of a body.
  package static let sizes = [256 << 10, 512 << 10, 1 << 20]

  /// Measures again, a few times, where something else had the caches: what is quadratic stays so.
  ///
  /// - Parameter inputs: what `body` is given, one of each of `sizes`.
  package static func of<Input>(_ inputs: [Input], _ body: (Input) -> Void) -> Growth {
    var growth = Growth(times: inputs.map { _ in .max })
    for attempt in 0..<12 where attempt < 2 || !growth.isLinear {
      // All sizes in turn, so that a bad time hits them alike.
      for (place, input) in inputs.enumerated() {
        growth.times[place] = min(growth.times[place], (0..<3).map { _ in time { body(input) } }.min() ?? .max)
      }
    }
    return growth
  }

  /// The processor's time of this thread: what others do meanwhile does not count.
  private static func time(_ body: () -> Void) -> Int {
    let start = now()
    body()
    return now() - start
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
