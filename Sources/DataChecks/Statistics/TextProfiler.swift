import Tables

/// Profiles a column of text from the rows of each value of its dictionary.
struct TextProfiler {
  let dictionary: Strings
  /// Rows by place in the dictionary.
  var counts: [Int]

  init(_ dictionary: Strings) {
    self.dictionary = dictionary
    counts = [Int](repeating: 0, count: dictionary.count)
  }

  /// Fills in a profile.
  ///
  /// - Parameter earlier: of the same column of earlier data.
  func finish(_ profile: inout ColumnProfile, following earlier: ColumnProfile?) {
    // Sorted by bytes, the empty text is the first.
    let empty = dictionary.count > 0 && dictionary.range(0).isEmpty ? counts[0] : 0
    profile.missing += empty
    profile.values = counts.reduce(0, +) - empty
    profile.distinct = counts.count { $0 > 0 } - (empty > 0 ? 1 : 0)
    profile.top = MostFrequent.places(counts, most: ColumnProfile.mostTop + 1).filter { !dictionary.range($0).isEmpty }
      .prefix(ColumnProfile.mostTop).map { CountedValue(dictionary[$0], rows: counts[$0]) }
    guard let earlier else { return }
    profile.followed = earlier.top.map { value in dictionary.sortedIndex(of: value.value).map { counts[$0] } ?? 0 }
  }
}

/// The places of the greatest counts.
enum MostFrequent {
  /// - Returns: places with a count above 0, the greatest first, ties in the order of places. Time O(n + k log k) for
  ///   counts that are not all large.
  static func places(_ counts: [Int], most: Int) -> [Int] {
    let ceiling = 1 << 16
    var histogram = [Int](repeating: 0, count: ceiling + 1)
    for count in counts { histogram[min(count, ceiling)] += 1 }
    var (least, above) = (ceiling, 0)
    while least > 1, above + histogram[least] < most {
      above += histogram[least]
      least -= 1
    }
    var chosen: [Int] = []
    // The first of equally frequent values are kept.
    var room = least == ceiling ? Int.max : most - above
    for (place, count) in counts.enumerated() where count >= max(least, 1) {
      if count == least {
        guard room > 0 else { continue }
        room -= 1
      }
      chosen.append(place)
    }
    return Array(chosen.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(most))
  }
}
