import Synchronization

/// Counts the memory that requests hold, bodies and answers, against a limit.
package final class MemoryBudget: Sendable {
  /// The limit in bytes.
  package let limit: Int
  private let used = Atomic(0)

  package init(limit: Int) { self.limit = limit }

  /// Bytes that requests hold now.
  package var usedBytes: Int { used.load(ordering: .relaxed) }

  /// Takes `bytes` of the budget until the lease is let go of.
  ///
  /// - Parameter share: of the limit, which all leases together may not exceed for this one to be given.
  /// - Returns: nil if so much is not left.
  package func lease(_ bytes: Int, share: Double = 1) -> Lease? {
    let lease = Lease(self)
    return lease.grow(by: bytes, share: share) ? lease : nil
  }

  /// A part of the budget, given back when nobody holds the lease any more.
  package final class Lease: Sendable {
    private let budget: MemoryBudget
    private let bytes = Atomic(0)

    fileprivate init(_ budget: MemoryBudget) { self.budget = budget }

    /// Takes more of the budget, under the same lease.
    ///
    /// - Returns: `false` if so much is not left; the lease then keeps what it has.
    package func grow(by more: Int, share: Double = 1) -> Bool {
      let total = budget.used.wrappingAdd(more, ordering: .relaxed).newValue
      guard Double(total) <= Double(budget.limit) * share else {
        budget.used.wrappingSubtract(more, ordering: .relaxed)
        return false
      }
      bytes.wrappingAdd(more, ordering: .relaxed)
      return true
    }

    deinit { budget.used.wrappingSubtract(bytes.load(ordering: .relaxed), ordering: .relaxed) }
  }
}
