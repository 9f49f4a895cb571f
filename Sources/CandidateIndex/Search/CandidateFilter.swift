/// Which candidates may be found, a bit for each.
public struct CandidateFilter: Sendable, Equatable {
  public let count: Int
  /// Candidates that may be found.
  public let allowed: Int
  private let words: [UInt64]

  /// All of `count` candidates but some; numbers that no candidate has are ignored.
  public init(excluding excluded: some Sequence<Int>, of count: Int) {
    var words = [UInt64](repeating: .max, count: (count + 63) / 64)
    if count % 64 > 0 { words[count / 64] = (1 << UInt64(count % 64)) - 1 }
    for candidate in excluded where 0..<count ~= candidate { words[candidate / 64] &= ~(1 << UInt64(candidate % 64)) }
    self.init(words: words, count: count)
  }

  /// None of `count` candidates but some; numbers that no candidate has are ignored.
  public init(including included: some Sequence<Int>, of count: Int) {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for candidate in included where 0..<count ~= candidate { words[candidate / 64] |= 1 << UInt64(candidate % 64) }
    self.init(words: words, count: count)
  }

  private init(words: [UInt64], count: Int) {
    self.words = words
    self.count = count
    allowed = words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// What both allow.
  ///
  /// - Precondition: both are about as many candidates.
  public func intersection(_ other: CandidateFilter) -> CandidateFilter {
    precondition(count == other.count, "filters of \(count) and of \(other.count) candidates")
    return CandidateFilter(words: zip(words, other.words).map { $0 & $1 }, count: count)
  }

  public func allows(_ candidate: Int) -> Bool { words[candidate / 64] >> UInt64(candidate % 64) & 1 == 1 }

  /// The candidates that may be found, rising.
  var candidates: [Int] {
    words.indices.flatMap { word in
      var (bits, numbers) = (words[word], [Int]())
      while bits != 0 {
        numbers.append(word * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
      return numbers
    }
  }
}
