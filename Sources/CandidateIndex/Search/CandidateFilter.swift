package import Kernels

/// The set of candidates that may be found, a bit for each.
public struct CandidateFilter: Sendable, Equatable {
  public let count: Int
  /// The number of candidates that may be found.
  public let allowed: Int
  private let words: SharedValues<UInt64>

  /// The bit of candidate c is bit c % 64 of word c / 64.
  var bits: UnsafePointer<UInt64>? { unsafe words.values.baseAddress }

  /// Allows all of `count` candidates except some; numbers outside `0..<count` are ignored.
  public init(excluding excluded: some Sequence<Int>, of count: Int) {
    self.init(excluding: Array(excluded), of: count)
  }

  /// Allows only some of `count` candidates; numbers outside `0..<count` are ignored.
  public init(including included: some Sequence<Int>, of count: Int) {
    self.init(including: Array(included), of: count)
  }

  // Arrays have initialisers of their own, which other modules call without generics: 1 ns a number, not 90.

  /// Allows all of `count` candidates except some; numbers outside `0..<count` are ignored.
  public init(excluding excluded: [Int], of count: Int) {
    var words = Self.all(count)
    for candidate in excluded where 0..<count ~= candidate { words[candidate / 64] &= ~(1 << UInt64(candidate % 64)) }
    self.init(words: words, count: count)
  }

  /// Allows only some of `count` candidates; numbers outside `0..<count` are ignored.
  public init(including included: [Int], of count: Int) {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for candidate in included where 0..<count ~= candidate { words[candidate / 64] |= 1 << UInt64(candidate % 64) }
    self.init(words: words, count: count)
  }

  /// Allows only the candidates in some lists; numbers outside `0..<count` are ignored.
  package init(includingAll lists: [SharedValues<UInt32>], of count: Int) {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for list in lists {
      for candidate in list where candidate < count { words[Int(candidate) / 64] |= 1 << UInt64(candidate % 64) }
    }
    self.init(words: words, count: count)
  }

  /// Allows all of `count` candidates except those in some lists; numbers outside `0..<count` are ignored.
  package init(excludingAll lists: [SharedValues<UInt32>], of count: Int) {
    var words = Self.all(count)
    for list in lists {
      for candidate in list where candidate < count { words[Int(candidate) / 64] &= ~(1 << UInt64(candidate % 64)) }
    }
    self.init(words: words, count: count)
  }

  /// Allows what `filter` allows (all of `count` candidates if nil) except some; numbers outside `0..<count` are
  /// ignored.
  init(_ filter: CandidateFilter?, excluding excluded: [UInt32], of count: Int) {
    var words =
      filter.map { Array($0.words) } ?? Self.all(count)
    for candidate in excluded where candidate < count { words[Int(candidate) / 64] &= ~(1 << UInt64(candidate % 64)) }
    self.init(words: words, count: count)
  }

  private static func all(_ count: Int) -> [UInt64] {
    var words = [UInt64](repeating: .max, count: (count + 63) / 64)
    if count % 64 > 0 { words[count / 64] = (1 << UInt64(count % 64)) - 1 }
    return words
  }

  private init(words: [UInt64], count: Int) {
    self.words = SharedValues(copying: words)
    self.count = count
    allowed = words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// The candidates that both filters allow: O(`count`).
  ///
  /// - Precondition: both have the same `count`.
  public func intersection(_ other: CandidateFilter) -> CandidateFilter {
    precondition(count == other.count, "filters of \(count) and of \(other.count) candidates")
    return CandidateFilter(words: zip(words, other.words).map { $0 & $1 }, count: count)
  }

  public func allows(_ candidate: Int) -> Bool {
    words[candidate / 64] >> UInt64(candidate % 64) & 1 == 1
  }

  /// The candidates that may be found, rising.
  var candidates: [Int] {
    (0..<words.count).flatMap { word in
      var (bits, numbers) = (words[word], [Int]())
      while bits != 0 {
        numbers.append(word * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
      return numbers
    }
  }

  public static func == (left: CandidateFilter, right: CandidateFilter) -> Bool {
    left.count == right.count && left.words.elementsEqual(right.words)
  }
}
