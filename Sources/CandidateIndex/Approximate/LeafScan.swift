import Kernels

/// One search after another through an approximate index, with the room that they need.
struct LeafScan {
  /// Candidates between two looks at the threshold.
  static let chunk = 1024

  private let index: ApproximateIndex
  private let k: Int
  private let filter: CandidateFilter?
  private let probes: Int
  /// How many survivors are kept for exact scoring.
  private let kept: Int
  private let leafScores: AlignedFloats
  private let room: ScanRoom
  private var survivors = 0
  private var threshold = -Float.infinity

  init(index: ApproximateIndex, effort: ApproximateIndex.Effort, k: Int, filter: CandidateFilter?) {
    self.index = index
    self.filter = filter
    self.k = min(max(k, 0), filter?.allowed ?? index.count)
    probes = min(max(effort.probes, 1), index.leafCount)
    kept = min(max(effort.reordered, self.k, 1), max(index.count, 1))
    leafScores = AlignedFloats(uninitialised: index.centroids.paddedRows)
    room = ScanRoom(survivors: 2 * kept + Self.chunk, leaves: index.leafCount)
  }

  /// - Parameter query: `dimension` floats and padding.
  mutating func search(_ query: UnsafePointer<Float>) -> [Neighbour] {
    guard k > 0, (0..<index.dimension).allSatisfy({ query[$0].isFinite }) else { return [] }
    if let filter, filter.allowed <= 2 * kept {
      return best(of: filter.candidates.map { index.leaves.places[$0] }, query)
    }
    let leaves = rankedLeaves(query)
    let table = LookUpTable(query, index.quantizer)
    survivors = 0
    threshold = -.infinity
    for (rank, key) in leaves.enumerated() {
      // A filter may leave too little in the nearest leaves.
      if rank >= probes, survivors >= k { break }
      scan(Int(RankedKey(bits: key).candidate), table)
    }
    prune()
    let places = (0..<survivors).map { RankedKey(bits: room.keys[$0]).candidate }.sorted()
    return best(of: places, query)
  }

  /// Leaves by the scores of their centroids: those to be probed, then the others.
  private mutating func rankedLeaves(_ query: UnsafePointer<Float>) -> [UInt64] {
    let row = Matrix(rows: 1, columns: index.dimension)
    row.pointer(row: 0).update(from: query, count: index.dimension)
    scores(
      of: 0..<1, in: row, against: index.centroids, tile: 0..<index.leafCount, into: leafScores.pointer,
      stride: index.centroids.paddedRows)
    for leaf in 0..<index.leafCount {
      room.leaves[leaf] = RankedKey(leafScores.pointer[leaf], candidate: UInt32(leaf)).bits
    }
    if probes < index.leafCount { _ = keepGreatest(probes, of: room.leaves, count: index.leafCount) }
    sortDescending(room.leaves, count: probes)
    let first = Array(UnsafeBufferPointer(start: room.leaves, count: probes))
    let probed = first.reduce(0) { $0 + index.leaves.range(of: Int(RankedKey(bits: $1).candidate)).count }
    guard filter != nil || probed < k else { return first }
    sortDescending(room.leaves + probes, count: index.leafCount - probes)
    return Array(UnsafeBufferPointer(start: room.leaves, count: index.leafCount))
  }

  private mutating func scan(_ leaf: Int, _ table: LookUpTable) {
    let leaves = index.leaves
    let range = leaves.range(of: leaf)
    guard let codes = leaves.codes(of: leaf) else { return }
    let leafScore = leafScores.pointer[leaf]
    let bytes = leaves.subspaces * Leaves.block / 2
    for start in stride(from: 0, to: range.count, by: Self.chunk) {
      guard let level = table.threshold(above: threshold, leaf: leafScore) else { return }
      let found = table.entries.withUnsafeBufferPointer { entries -> Int in
        guard let tables = entries.baseAddress else { return 0 }
        return scanCodes(
          codes + start / Leaves.block * bytes, candidates: min(Self.chunk, range.count - start),
          subspaces: leaves.subspaces, tables: tables, threshold: level, places: room.places, sums: room.sums)
      }
      take(found, from: range.lowerBound + start, leafScore, table)
    }
  }

  private mutating func take(_ found: Int, from first: Int, _ leafScore: Float, _ table: LookUpTable) {
    for hit in 0..<found {
      let place = first + Int(room.places[hit])
      if let filter {
        let number = Int(index.leaves.numbers[place])
        guard number < filter.count, filter.allows(number) else { continue }
      }
      room.keys[survivors] =
        RankedKey(
          table.score(room.sums[hit], leaf: leafScore), candidate: UInt32(place)
        ).bits
      survivors += 1
    }
    if survivors >= 2 * kept { prune() }
  }

  private mutating func prune() {
    guard survivors > kept else { return }
    threshold = keepGreatest(kept, of: room.keys, count: survivors).least.score
    survivors = kept
  }

  /// Scores places exactly and gives the best k.
  private func best(of places: [UInt32], _ query: UnsafePointer<Float>) -> [Neighbour] {
    let leaves = index.leaves
    // A damaged file may name places that there are not.
    let places = places.filter { $0 < leaves.count }
    guard !places.isEmpty, let rows = leaves.vectors.values.baseAddress else { return [] }
    let exact = AlignedFloats(uninitialised: places.count)
    places.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      scoreRows(
        query, columns: index.dimension, rows: rows, stride: leaves.stride, places: start, count: places.count,
        scores: exact.pointer)
    }
    var keys: [UInt64] = []
    keys.reserveCapacity(places.count)
    for (number, place) in places.enumerated() where !exact.pointer[number].isNaN {
      keys.append(RankedKey(exact.pointer[number], candidate: leaves.numbers[Int(place)]).bits)
    }
    let (count, wanted) = (keys.count, min(k, keys.count))
    keys.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, wanted > 0 else { return }
      if wanted < count { _ = keepGreatest(wanted, of: start, count: count) }
      sortDescending(start, count: wanted)
    }
    return keys.prefix(wanted).map { bits in
      let key = RankedKey(bits: bits)
      return Neighbour(candidate: Int(key.candidate), score: key.score)
    }
  }
}

/// Buffers of one scan.
private final class ScanRoom {
  let keys: UnsafeMutablePointer<UInt64>
  let leaves: UnsafeMutablePointer<UInt64>
  let places: UnsafeMutablePointer<UInt32>
  let sums: UnsafeMutablePointer<UInt16>

  init(survivors: Int, leaves count: Int) {
    keys = .allocate(capacity: survivors)
    leaves = .allocate(capacity: max(count, 1))
    places = .allocate(capacity: LeafScan.chunk)
    sums = .allocate(capacity: LeafScan.chunk)
  }

  deinit {
    keys.deallocate()
    leaves.deallocate()
    places.deallocate()
    sums.deallocate()
  }
}
