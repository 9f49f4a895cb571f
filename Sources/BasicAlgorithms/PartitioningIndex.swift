extension Range<Int> {
  /// The first number from which on `belongs` holds, which must not hold before it; the upper bound where it never
  /// does.
  ///
  /// A binary search: O(log `count`) calls.
  @inlinable
  public func partitioningIndex(where belongs: (Int) throws -> Bool) rethrows -> Int {
    var (low, high) = (lowerBound, upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if try belongs(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
