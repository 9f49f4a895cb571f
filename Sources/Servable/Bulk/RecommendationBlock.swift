import CandidateIndex
import Kernels

/// The lists of consecutive queries, in the format of a temporary file.
///
/// The file has three u32, namely a magic number, the number of queries and a checksum of the rest, then the length of
/// each list, the concatenated candidate numbers, their scores and, for a model with a rating head, their ratings.
///
/// Unsafe where numbers are read and written as bytes.
struct RecommendationBlock: Sendable, Equatable {
  static let magic: UInt32 = 0x4b4c_4255

  let lengths: [UInt32]
  let candidates: [UInt32]
  let scores: [Float]
  /// The predicted rating of each, 0 where the query has none; empty without a rating head.
  let ratings: [Float]

  init(_ lists: [[Neighbour]], ratings: [Float] = []) {
    lengths = lists.map { UInt32($0.count) }
    candidates = lists.flatMap { list in list.map { UInt32($0.candidate) } }
    scores = lists.flatMap { list in list.map(\.score) }
    self.ratings = ratings
    precondition(ratings.isEmpty || ratings.count == scores.count, "\(ratings.count) ratings of \(scores.count)")
  }

  var bytes: [UInt8] {
    var body: [UInt8] = []
    for values in [lengths, candidates, scores.map(\.bitPattern), ratings.map(\.bitPattern)] {
      unsafe values.withUnsafeBytes { unsafe body += $0 }
    }
    return unsafe [Self.magic, UInt32(lengths.count), body.withUnsafeBytes { unsafe Checksum.of($0) }]
      .withUnsafeBytes { unsafe Array($0) } + body
  }

  /// Reads a block; returns `nil` unless it is whole, has `queries` lists, and its candidates are below
  /// `candidateCount`.
  init?(_ bytes: [UInt8], queries: Int, candidateCount: Int, hasRatings: Bool = false) {
    guard bytes.count >= 12 + 4 * queries, bytes.count % 4 == 0 else { return nil }
    let words = unsafe bytes.withUnsafeBytes { raw in
      (0..<bytes.count / 4).map { unsafe raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
    }
    let checksum = unsafe bytes.withUnsafeBytes { unsafe Checksum.of(UnsafeRawBufferPointer(rebasing: $0[12...])) }
    guard words[0] == Self.magic, words[1] == queries, words[2] == checksum else { return nil }
    lengths = Array(words[3..<3 + queries])
    let total = lengths.reduce(0) { $0 + Int($1) }
    let first = 3 + queries
    guard words.count == first + (hasRatings ? 3 : 2) * total else { return nil }
    candidates = Array(words[first..<first + total])
    scores = words[first + total..<first + 2 * total].map { Float(bitPattern: $0) }
    ratings = words[(first + 2 * total)...].map { Float(bitPattern: $0) }
    guard candidates.allSatisfy({ $0 < candidateCount }) else { return nil }
  }
}
