import Artifacts
import BasicAlgorithms
import Kernels
import ParallelLoops

/// Codes in the order of leaves, in blocks of 32 candidates, and the position of each candidate in that order.
struct Leaves: Sendable {
  static let block = 32
  /// The position of a candidate that no search returns: removed, or of a vector that is not finite.
  static let absent = UInt32.max

  /// Leaf l has positions `starts[l]..<starts[l + 1]`.
  let starts: Storage<UInt64>
  /// The first block of codes of each leaf, then the number of blocks.
  let blocks: Storage<UInt64>
  let codes: Storage<UInt8>
  /// The candidate at each position.
  let numbers: Storage<UInt32>
  /// The position of each candidate.
  let positions: Storage<UInt32>
  /// Root mean square distance of each leaf's candidates from its centroid; padded to whole panels.
  let spreads: Storage<Float>
  let subspaces: Int

  /// The number of candidates that can be found.
  var count: Int { numbers.count }

  func range(of leaf: Int) -> Range<Int> { Int(starts[leaf])..<Int(starts[leaf + 1]) }

  /// The leaves for the kernel that scans them; valid as long as this value is.
  var kernel: LeafScanKernel.Leaves? {
    guard let codes = unsafe codes.values.baseAddress, let starts = unsafe starts.values.baseAddress,
      let blocks = unsafe blocks.values.baseAddress, let numbers = unsafe numbers.values.baseAddress
    else { return nil }
    return unsafe LeafScanKernel.Leaves(
      codes: codes, starts: starts, blocks: blocks, numbers: numbers, subspaces: subspaces)
  }

  /// The place where the codes of a leaf begin in `codes`, with its first block.
  func firstCode(of leaf: Int) -> Int { Int(blocks[leaf]) * Self.block / 2 * subspaces }

  /// The number of blocks of codes.
  var blockCount: Int { Int(blocks.last ?? 0) }

  /// - Parameters:
  ///   - rows: encoded candidates.
  ///   - candidates: the number of each row, rising, below `total`.
  init(_ rows: EncodedRows, candidates: [UInt32], of total: Int, leafCount: Int, subspaces: Int, threads: Int) {
    let rowsOfLeaf = Grouping<UInt32>(count: leafCount) { take in
      for row in candidates.indices { take(Int(rows.leaves[row]), UInt32(row)) }
    }
    let (boundaries, order) = (rowsOfLeaf.starts, rowsOfLeaf.elements)
    let blocks = Self.blocks(boundaries)
    let target = SharedBuffer<UInt8>(repeating: 0, count: (blocks.last ?? 0) * Self.block / 2 * subspaces)
    let all = (0..<candidates.count).reduce(0.0) { $0 + Double(rows.squares[$1]) } / Double(max(candidates.count, 1))
    let spreads = parallelMap(leafCount, threads: threads) { leaf -> Float in
      var squares = 0.0
      for position in boundaries[leaf]..<boundaries[leaf + 1] {
        let (row, own) = (Int(order[position]), position - boundaries[leaf])
        squares += Double(rows.squares[row])
        let start = (blocks[leaf] + own / Self.block) * Self.block / 2 * subspaces + own % 16
        let high = own % Self.block >= 16
        for byte in 0..<rows.bytes {
          let packed = rows.codes[row * rows.bytes + byte]
          target[start + 32 * byte] |= high ? packed << 4 : packed & 15
          target[start + 32 * byte + 16] |= high ? packed & 0xf0 : packed >> 4
        }
      }
      // Few candidates are a poor estimate of their spread; the mean of all counts as eight more.
      let weight = Double(boundaries[leaf + 1] - boundaries[leaf])
      return Float(((squares + 8 * all) / (weight + 8)).squareRoot())
    }
    var positions = [UInt32](repeating: Self.absent, count: total)
    for (position, row) in order.enumerated() { positions[Int(candidates[Int(row)])] = UInt32(position) }
    starts = Storage(copying: boundaries.map { UInt64($0) })
    self.blocks = Storage(copying: blocks.map { UInt64($0) })
    codes = Storage(target)
    numbers = Storage(copying: order.map { candidates[Int($0)] })
    self.positions = Storage(copying: positions)
    self.spreads = Storage(copying: Self.padded(spreads))
    self.subspaces = subspaces
  }

  /// Adds zeros to fill the last panel.
  private static func padded(_ spreads: [Float]) -> [Float] {
    spreads + [Float](repeating: 0, count: Matrix.padded(spreads.count) - spreads.count)
  }

  init(
    starts: Storage<UInt64>, codes: Storage<UInt8>, numbers: Storage<UInt32>, positions: Storage<UInt32>,
    spreads: Storage<Float>, subspaces: Int
  ) {
    self.starts = starts
    blocks = Storage(copying: Self.blocks(starts.map { Int($0) }).map { UInt64($0) })
    self.codes = codes
    self.numbers = numbers
    self.positions = positions
    self.spreads = spreads
    self.subspaces = subspaces
  }

  /// Root mean square distance of each group's candidates from its parent, computed from the leaves' spreads; padded to
  /// whole panels.
  func parentSpreads(_ tree: LeafTree) -> [Float] {
    let (parents, centroids) = (tree.parents.unpacked(), tree.centroids.matrix)
    let spreads = (0..<tree.groupCount).map { group -> Float in
      var (squares, count) = (0.0, 0.0)
      for leaf in tree.leaves(of: group) {
        centroids.addScaled(row: group, of: parents, by: -1, to: leaf)
        let weight = Double(range(of: leaf).count)
        let distance = Double(centroids.squaredLength(row: leaf))
        squares += weight * (distance + Double(self.spreads[leaf] * self.spreads[leaf]))
        count += weight
      }
      return count > 0 ? Float((squares / count).squareRoot()) : 0
    }
    return Self.padded(spreads)
  }

  /// The first block of each leaf, then the number of blocks.
  ///
  /// - Parameter boundaries: the first position of each leaf, then the number of positions.
  static func blocks(_ boundaries: [Int]) -> [Int] {
    var blocks = [0]
    blocks.reserveCapacity(boundaries.count)
    for leaf in 1..<max(boundaries.count, 1) {
      blocks.append(blocks[leaf - 1] + (boundaries[leaf] - boundaries[leaf - 1] + block - 1) / block)
    }
    return blocks
  }
}
