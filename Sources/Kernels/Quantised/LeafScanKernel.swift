import CKernels

/// A search through leaves of product-quantised candidates: which were kept so far, and what others must reach.
///
/// Making one is unsafe: it points at memory of its caller, which must outlive it.
@safe
package struct LeafScanKernel {
  private var scan = unsafe ck_leaf_scan()

  /// Pointers to leaves and their candidates, which must outlive the search.
  @safe
  package struct Leaves {
    package var codes: UnsafePointer<UInt8>
    package var starts: UnsafePointer<UInt64>
    package var blocks: UnsafePointer<UInt64>
    package var numbers: UnsafePointer<UInt32>
    package var subspaces: Int

    package init(
      codes: UnsafePointer<UInt8>, starts: UnsafePointer<UInt64>, blocks: UnsafePointer<UInt64>,
      numbers: UnsafePointer<UInt32>, subspaces: Int
    ) {
      precondition(subspaces % 2 == 0, "\(subspaces) subspaces")
      unsafe self.codes = codes
      unsafe self.starts = starts
      unsafe self.blocks = blocks
      unsafe self.numbers = numbers
      self.subspaces = subspaces
    }
  }

  /// Keys that `keys` must have room for.
  package static func room(kept: Int) -> Int { 2 * kept + Int(CK_LEAF_SCAN_CHUNK) }

  /// - Parameters:
  ///   - k: the list asked for.
  ///   - kept: candidates that are kept for it, at least k.
  ///   - probes: leaves that are scanned at most, once there are k candidates.
  ///   - allowed: a bit for each candidate below `bits`; all may be found if nil.
  ///   - scores, bounds: of the leaves; bounds of those scanned become −∞.
  package init(
    _ leaves: Leaves, k: Int, kept: Int, probes: Int, allowed: UnsafePointer<UInt64>?, bits: Int,
    scores: UnsafePointer<Float>, bounds: UnsafeMutablePointer<Float>, keys: UnsafeMutablePointer<UInt64>
  ) {
    unsafe scan.codes = leaves.codes
    unsafe scan.starts = leaves.starts
    unsafe scan.blocks = leaves.blocks
    unsafe scan.numbers = leaves.numbers
    unsafe scan.subspaces = leaves.subspaces
    unsafe scan.allowed = allowed
    unsafe scan.bits = bits
    unsafe (scan.k, scan.kept, scan.probes) = (k, kept, probes)
    unsafe (scan.scores, scan.bounds, scan.keys) = (scores, bounds, keys)
    unsafe (scan.threshold, scan.bar) = (-.infinity, -.infinity)
  }

  package var survivors: Int { unsafe scan.survivors }
  /// Leaves that were scanned, and candidates in them.
  package var probed: Int { unsafe scan.probed }
  package var scanned: Int { unsafe scan.scanned }
  /// The score of the k-th best so far.
  package var bar: Float { unsafe scan.bar }

  /// - Parameters:
  ///   - leaves: keys of their bounds; those below the bar are left out.
  ///   - tables: 16 bytes a subspace; a candidate scores its leaf's score + `base + step * sum`.
  package mutating func take(
    _ leaves: UnsafeBufferPointer<UInt64>, tables: UnsafePointer<UInt8>, base: Float, step: Float,
    variant: KernelVariant = .current
  ) {
    guard let start = leaves.baseAddress else { return }
    unsafe (scan.tables, scan.base, scan.step) = (tables, base, step)
    unsafe ck_scan_leaves(variant.code, &scan, start, leaves.count)
  }

  /// Leaves the best survivors, and raises what others must reach.
  package mutating func prune() { unsafe ck_prune_leaf_scan(&scan) }
}

/// Keys of scores above `low` by 32 steps of the score, the highest first: less order than sorting gives, for less.
package func orderRoughly(
  _ keys: UnsafePointer<UInt64>, count: Int, above low: Float, into ordered: UnsafeMutablePointer<UInt64>
) { unsafe ck_order_roughly(keys, count, low, ordered) }

/// The keys of scores and of the numbers of their places, without NaN, numbers from `limit` on, and those without a bit
/// in `allowed`; gives how many they are.
package func exactKeys(
  _ scores: UnsafePointer<Float>, places: UnsafePointer<UInt32>, numbers: UnsafePointer<UInt32>, count: Int,
  allowed: UnsafePointer<UInt64>?, limit: Int, into keys: UnsafeMutablePointer<UInt64>
) -> Int { unsafe ck_exact_keys(scores, places, numbers, count, allowed, UInt32(limit), keys) }
