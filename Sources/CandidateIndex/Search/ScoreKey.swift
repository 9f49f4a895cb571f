/// A score and a number in one word that sorts as they do: higher scores are greater, of equal ones the lower number.
///
/// NaN has no place in that order and must not be given.
enum ScoreKey {
  static func make(_ score: Float, _ number: UInt32) -> UInt64 {
    // -0 and 0 are equal scores.
    let bits = (score + 0).bitPattern
    let ordered = bits >> 31 == 1 ? ~bits : bits | 1 << 31
    return UInt64(ordered) << 32 | UInt64(~number)
  }

  static func score(_ key: UInt64) -> Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & ~(1 << 31) : ~ordered)
  }

  static func number(_ key: UInt64) -> UInt32 { ~UInt32(truncatingIfNeeded: key) }
}

/// Moves the `kept` greatest of `count` keys to the front, in no order (Hoare's selection, median of three).
///
/// Keys must differ, or be few: equal ones cost time, not correctness.
func selectGreatest(_ kept: Int, of keys: UnsafeMutablePointer<UInt64>, count: Int) {
  var (low, high) = (0, count - 1)
  while kept > 0, kept < count, low < high {
    let (a, b, c) = (keys[low], keys[(low + high) / 2], keys[high])
    let pivot = max(min(a, b), min(max(a, b), c))
    var (left, right) = (low, high)
    while left <= right {
      while keys[left] > pivot { left += 1 }
      while keys[right] < pivot { right -= 1 }
      guard left <= right else { break }
      (keys[left], keys[right]) = (keys[right], keys[left])
      left += 1
      right -= 1
    }
    if kept <= right + 1, kept - 1 <= right { high = right } else if kept - 1 >= left { low = left } else { return }
  }
}
