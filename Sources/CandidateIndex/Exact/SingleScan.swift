import Kernels

/// One query against all candidates.
///
/// If the prefilter leaves few candidates of a tile, they are scored one by one; otherwise the whole tile is. So early
/// tiles, long lists and equal candidates cost no more than a search without a prefilter.
///
/// Unsafe inside, for the kernels: they write scores and candidates of one tile into buffers of `tileWidth`, and keys
/// into the room of `BestCandidates`.
struct SingleScan {
  /// Candidates between two updates of the threshold.
  static let tileWidth = 4096
  /// The number of contiguous candidates that cost as much as a single one, each number of which lies on a cache line
  /// of its own.
  static let costOfOne = 16

  let vectors: PackedRows
  let prefilter: BytePanels?
  let filter: CandidateFilter?

  /// - Parameter query: a matrix of one row.
  func search(_ query: Matrix, k: Int) -> [Neighbour] {
    guard k > 0, vectors.rows > 0 else { return [] }
    let keys = SharedBuffer<UInt64>(uninitialised: BestCandidates.capacity(limit: k, tileWidth: Self.tileWidth))
    var best = unsafe BestCandidates(limit: k, buffer: keys.pointer)
    let scores = AlignedFloats(uninitialised: Self.tileWidth)
    if let filter, filter.allowed * Self.costOfOne < vectors.rows {
      takeAllowed(filter, query, scores, &best)
    } else {
      takeTiles(query, k, scores, &best)
    }
    best.finish()
    return best.neighbours
  }

  private func takeTiles(_ query: Matrix, _ k: Int, _ scores: AlignedFloats, _ best: inout BestCandidates) {
    let row = unsafe UnsafePointer(query.pointer(row: 0))
    let bytes = unsafe prefilter == nil ? nil : ByteQuery(row, columns: vectors.columns)
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.tileWidth) { buffer in
      guard let candidates = buffer.baseAddress else { return }
      // `true` if the next tile is likely to have few candidates to score.
      var fewAreLeft = false
      for start in stride(from: 0, to: vectors.rows, by: Self.tileWidth) {
        let tile = start..<min(start + Self.tileWidth, vectors.rows)
        if start == 0 {
          takeFirst(query, tile, scores, &best)
          fewAreLeft = bytes != nil && k * 2 * Self.costOfOne < tile.count
        } else if fewAreLeft, let prefilter, let bytes {
          // Raises the threshold by the candidates taken so far.
          _ = unsafe best.room()
          let found = unsafe prefilter.scan(bytes, tile: tile, above: best.threshold, into: candidates)
          let allowed = unsafe keepAllowed(candidates, found)
          fewAreLeft = allowed * Self.costOfOne < tile.count
          if fewAreLeft {
            unsafe takeEach(row, candidates, allowed, scores, &best)
          } else {
            unsafe takeAll(row, tile, &best)
          }
        } else {
          let taken = unsafe takeAll(row, tile, &best)
          fewAreLeft = bytes != nil && taken * 2 * Self.costOfOne < tile.count
        }
      }
    }
  }

  /// Scores only the allowed candidates, if they are few.
  private func takeAllowed(
    _ filter: CandidateFilter, _ query: Matrix, _ scores: AlignedFloats, _ best: inout BestCandidates
  ) {
    let candidates = filter.candidates.map { UInt32($0) }
    unsafe candidates.withUnsafeBufferPointer { buffer in
      guard let candidates = buffer.baseAddress else { return }
      for start in stride(from: 0, to: buffer.count, by: Self.tileWidth) {
        unsafe takeEach(
          UnsafePointer(query.pointer(row: 0)), candidates + start, min(Self.tileWidth, buffer.count - start), scores,
          &best
        )
      }
    }
  }

  /// Stores the scores of the first tile, from which the k-th score is bounded in advance.
  private func takeFirst(_ query: Matrix, _ tile: Range<Int>, _ scores: AlignedFloats, _ best: inout BestCandidates) {
    guard filter == nil else {
      unsafe takeAll(UnsafePointer(query.pointer(row: 0)), tile, &best)
      return
    }
    unsafe Kernels.scores(
      of: 0..<1, in: query, against: vectors, tile: tile, into: scores.pointer, stride: scores.count)
    unsafe best.take(scores.pointer, count: tile.count, first: tile.lowerBound)
  }

  /// - Returns: how many were above the threshold and allowed.
  @discardableResult
  private func takeAll(_ row: UnsafePointer<Float>, _ tile: Range<Int>, _ best: inout BestCandidates) -> Int {
    let target = unsafe best.room()
    let before = best.count
    let found = unsafe scanPanels(row, against: vectors, tile: tile, above: best.threshold, into: target)
    best.took(found, allowedBy: filter)
    return best.count - before
  }

  private func takeEach(
    _ row: UnsafePointer<Float>, _ candidates: UnsafePointer<UInt32>, _ count: Int, _ scores: AlignedFloats,
    _ best: inout BestCandidates
  ) {
    unsafe scorePlaces(row, against: vectors, places: candidates, count: count, scores: scores.pointer)
    let (target, threshold) = unsafe (best.room(), best.threshold)
    var found = 0
    for number in 0..<count where unsafe scores.pointer[number] > threshold {
      unsafe target[found] = unsafe RankedKey(scores.pointer[number], candidate: candidates[number]).bits
      found += 1
    }
    best.took(found)
  }

  private func keepAllowed(_ candidates: UnsafeMutablePointer<UInt32>, _ count: Int) -> Int {
    guard let filter else { return count }
    var allowed = 0
    for number in 0..<count where unsafe filter.allows(Int(candidates[number])) {
      unsafe candidates[allowed] = unsafe candidates[number]
      allowed += 1
    }
    return allowed
  }
}

extension BestCandidates {
  mutating func took(_ found: Int, allowedBy filter: CandidateFilter?) {
    if let filter { took(found) { filter.allows($0) } } else { took(found) }
  }

  /// The best candidates in order, ties by number, once the list is finished.
  var neighbours: [Neighbour] {
    (0..<count).map { rank in
      let key = key(rank)
      return Neighbour(candidate: Int(key.candidate), score: key.score)
    }
  }
}
