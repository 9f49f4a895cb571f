import CKernels

/// A score and its candidate in one whole number: the greater the better, and of equal scores the lower candidate.
public struct RankedKey: Sendable, Equatable {
  public let bits: UInt64

  @inlinable
  public init(bits: UInt64) { self.bits = bits }

  /// - Parameter score: not NaN.
  @inlinable
  public init(_ score: Float, candidate: UInt32) {
    // -0 as 0, which it equals.
    let pattern = (score + 0).bitPattern
    let ordered = pattern >> 31 == 1 ? ~pattern : pattern | 0x8000_0000
    bits = UInt64(ordered) << 32 | UInt64(~candidate)
  }

  /// The bits of the score, ordered as scores are.
  @inlinable
  public var order: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }

  @inlinable
  public var candidate: UInt32 { ~UInt32(truncatingIfNeeded: bits) }

  @inlinable
  public var score: Float { Float(bitPattern: order >> 31 == 1 ? order & 0x7fff_ffff : ~order) }
}

/// The keys of the scores above a threshold; how many they are, and how many scores equal it. NaN is neither.
///
/// - Parameters:
///   - first: the candidate of the first score.
///   - keys: room for one more key than there are scores.
package func keys(
  above threshold: Float, in scores: UnsafePointer<Float>, count: Int, first: Int,
  into keys: UnsafeMutablePointer<UInt64>, variant: KernelVariant = .current
) -> (above: Int, equal: Int) {
  var equal = 0
  let above = unsafe ck_keys_above(variant.code, scores, count, threshold, UInt32(first), keys, &equal)
  return (above, equal)
}

/// The greatest score of each of some groups: score i is in group i modulo their number. NaN is left out.
///
/// The k-th greatest of the groups is no greater than the k-th greatest of all scores, and far cheaper to find.
package func foldMaxima(
  of scores: UnsafePointer<Float>, count: Int, into maxima: UnsafeMutablePointer<Float>, groups: Int,
  variant: KernelVariant = .current
) {
  unsafe ck_fold_maxima(variant.code, scores, count, maxima, groups)
}

/// Puts the `kept` greatest of different keys first, in any order; gives the least of them and how many of the others
/// have its score.
package func keepGreatest(
  _ kept: Int, of keys: UnsafeMutablePointer<UInt64>, count: Int
) -> (least: RankedKey, tied: Int) {
  precondition(0 < kept && kept < count, "\(kept) of \(count) keys")
  var tied = 0
  let least = unsafe ck_keep_greatest(keys, count, kept, &tied)
  return (RankedKey(bits: least), tied)
}

/// Sorts different keys, the best first.
package func sortDescending(_ keys: UnsafeMutablePointer<UInt64>, count: Int) { unsafe ck_sort_keys(keys, count) }
