package import Artifacts
import BasicAlgorithms
package import Kernels
import ParallelLoops

/// Counts of irregular vectors of candidates: zero, not finite, duplicate.
public struct VectorCounts: Equatable, Sendable {
  /// Candidates with the same vector as one of a lower number; their scores are always equal.
  public var duplicates: Int
  /// Candidates whose vector is zero.
  public var zeros: Int
  /// Candidates that no search returns: removed, or of vectors that are not finite.
  public var absent: Int

  package init(duplicates: Int, zeros: Int, absent: Int) {
    self.duplicates = duplicates
    self.zeros = zeros
    self.absent = absent
  }

  /// Counts in memory: O(n log n) for n candidates, duplicates by comparing vectors of equal hashes.
  ///
  /// - Parameters:
  ///   - rows: the candidates' rows of the matrix; all if nil.
  ///   - zero: the image of the zero vector in the matrix; zeros if nil.
  ///   - removed: candidates that count as absent, whatever their row.
  package init(
    _ matrix: Matrix, rows: Range<Int>? = nil, zero: [Float]? = nil, removed: Set<Int> = [], threads: Int
  ) {
    let zero = zero ?? [Float](repeating: 0, count: matrix.columns)
    let rows = rows ?? 0..<matrix.rows
    precondition(rows.upperBound <= matrix.rows && rows.count < Int(UInt32.max), "rows \(rows) of \(matrix.rows)")
    let size = 16_384
    let parts = parallelMap((rows.count + size - 1) / size, threads: threads) { block in
      Part(matrix, rows: rows, block * size..<min((block + 1) * size, rows.count), zero: zero, removed: removed)
    }
    zeros = parts.reduce(0) { $0 + $1.zeros }
    var keys = Array(parts.map(\.keys).joined())
    absent = rows.count - keys.count
    keys.sort()
    duplicates = 0
    var start = 0
    while start < keys.count {
      var end = start + 1
      while end < keys.count, keys[end] >> 32 == keys[start] >> 32 { end += 1 }
      if end - start > 1 {
        duplicates += Self.repeats(keys[start..<end].map { rows.lowerBound + Int($0 & 0xffff_ffff) }, of: matrix)
      }
      start = end
    }
  }

  /// Counts in one reading of a source without removed candidates. Duplicates are equal hashes of 64 bits: among ten
  /// million different vectors two collide once in 370,000 tables.
  package init<Source: VectorSource>(_ source: Source, threads: Int) throws(Source.Failure) {
    var (hashes, zeros) = ([UInt64](), 0)
    hashes.reserveCapacity(source.count)
    var blocks = try source.blocks()
    while let block = try blocks.next() {
      let parts = block.parts(of: 4096)
      let counted = parallelMap(parts.count, threads: threads) { Self.hashes(of: parts[$0]) }
      for part in counted {
        hashes += part.hashes
        zeros += part.zeros
      }
    }
    hashes.sort()
    let distinct = zip(hashes, hashes.dropFirst()).count { $0 != $1 } + min(hashes.count, 1)
    self.init(duplicates: hashes.count - distinct, zeros: zeros, absent: source.count - hashes.count)
  }

  package var summary: [Summary.Item] {
    [
      .fact("duplicates", "\(duplicates)"), .fact("zero vectors", "\(zeros)"),
      .fact("candidates that cannot be found", "\(absent)"),
    ]
  }

  /// Hashes of the finite vectors of a block, and the number of zeros.
  private static func hashes(of block: VectorBlock) -> (hashes: [UInt64], zeros: Int) {
    var (hashes, zeros) = ([UInt64](), 0)
    let zero = [Float](repeating: 0, count: block.matrix.columns)
    for row in block.rows where block.matrix.isFinite(row: row) {
      let (hash, isZero) = unsafe hash(block.matrix.pointer(row: row), zero: zero)
      if isZero { zeros += 1 }
      hashes.append(hash)
    }
    return (hashes, zeros)
  }

  /// A hash of 64 bits: FNV-1a with another multiplier, and shifts that spread high bits. Unsafe for speed: every number
  /// of every vector is read here.
  private static func hash(_ values: UnsafePointer<Float>, zero: [Float]) -> (hash: UInt64, isZero: Bool) {
    var (hash, isZero): (UInt64, Bool) = (FNV1a.offsetBasis, true)
    for column in zero.indices {
      // Turns -0 into 0, which it equals.
      hash = unsafe (hash ^ UInt64((values[column] + 0).bitPattern)) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
      isZero = unsafe isZero && values[column] == zero[column]
    }
    return (hash, isZero)
  }

  /// The number of rows that equal an earlier one, among rows of one hash.
  private static func repeats(_ rows: [Int], of matrix: Matrix) -> Int {
    var distinct: [Int] = []
    for row in rows where !distinct.contains(where: { areEqual($0, row, of: matrix) }) { distinct.append(row) }
    return rows.count - distinct.count
  }

  private static func areEqual(_ left: Int, _ right: Int, of matrix: Matrix) -> Bool {
    let (left, right) = unsafe (matrix.pointer(row: left), matrix.pointer(row: right))
    return (0..<matrix.columns).allSatisfy { unsafe left[$0] == right[$0] }
  }

  /// Keys of some candidates, the hash in the high and the number in the low half, and the number of zeros.
  private struct Part {
    var keys: [UInt64] = []
    var zeros = 0

    init(_ matrix: Matrix, rows: Range<Int>, _ candidates: Range<Int>, zero: [Float], removed: Set<Int>) {
      keys.reserveCapacity(candidates.count)
      for candidate in candidates where removed.isEmpty || !removed.contains(candidate) {
        let row = rows.lowerBound + candidate
        guard matrix.isFinite(row: row) else { continue }
        let (hash, isZero) = unsafe VectorCounts.hash(matrix.pointer(row: row), zero: zero)
        if isZero { zeros += 1 }
        keys.append(hash & 0xffff_ffff_0000_0000 | UInt64(candidate))
      }
    }
  }
}
