import Kernels

/// One search after another through an approximate index, with the room that they need.
///
/// Groups of leaves, and leaves in them, are taken in the order of their bounds: the score of the centroid and `reach`
/// standard deviations of the scores of what lies around it. What is bounded below the k-th best that was found is left
/// out, so queries whose neighbours lie together cost less than those whose neighbours are scattered.
struct LeafScan {
  let index: ApproximateIndex
  let room: ScanRoom
  private let k: Int
  private let filter: CandidateFilter?
  private let reach: Float
  private let probes: Int
  /// How many survivors are kept for exact scoring.
  private let kept: Int
  /// Of all searches so far.
  private(set) var work = SearchWork()

  init(index: ApproximateIndex, parameters: SearchParameters, k: Int, filter: CandidateFilter?) {
    self.index = index
    self.filter = filter
    self.k = min(max(k, 0), filter?.allowed ?? index.count, index.leaves.count)
    reach = max(parameters.reach, 0)
    probes = max(parameters.probes, 1)
    kept = min(parameters.depth(for: self.k), max(index.leaves.count, 1))
    room = index.rooms.room(index.geometry, survivors: LeafScanKernel.room(kept: kept))
  }

  /// Gives the room to searches that follow; none may follow through this one.
  func finish() { index.rooms.takeBack(room) }

  /// - Parameter queries: rows of `dimension` floats.
  mutating func search(_ queries: Matrix, row: Int) -> [Neighbour] {
    let query = queries.pointer(row: row)
    guard k > 0, queries.isFinite(row: row) else { return [] }
    if let filter, filter.allowed <= 2 * kept {
      let places = filter.candidates.filter { $0 < index.count }.map { index.leaves.places[$0] }
      return places.filter { $0 < UInt32(index.leaves.count) }.withUnsafeBufferPointer { best(of: $0, query) }
    }
    scores(
      of: row..<row + 1, in: queries, against: index.queryMap, tile: 0..<index.dimension, into: room.query.pointer,
      stride: room.query.count)
    room.centroidQuery.set(room.query.pointer)
    let survivors = scan()
    work.reordered += survivors
    for survivor in 0..<survivors { room.places[survivor] = RankedKey(bits: room.keys[survivor]).candidate }
    return best(of: UnsafeBufferPointer(start: room.places, count: survivors), query)
  }

  /// Leaves the candidates that are to be scored exactly in `room.keys`, and gives their number.
  private mutating func scan() -> Int {
    guard let leaves = index.leaves.kernel else { return 0 }
    let table = LookUpTable(
      room.query.pointer, index.geometry.quantizer, room: room.tableRoom.pointer, entries: room.entries)
    var kernel = LeafScanKernel(
      leaves, k: k, kept: kept, probes: probes, allowed: filter?.bits, bits: filter?.count ?? 0,
      scores: room.scores.pointer, bounds: room.bounds.pointer, keys: room.keys)
    var ranking = LeafRanking(index: index, reach: reach, room: room)
    // As many candidates as hold some more than are kept, of those that may be found.
    let share = Double(filter?.allowed ?? index.count) / Double(max(index.count, 1))
    let first = Int(min(1.5 * Double(kept) / max(share, 1e-9), Double(index.leaves.count)))
    // A few groups, and the best of their leaves, say how good the others must be.
    work.centroids += ranking.openBest(max(index.geometry.tree.groupCount / 12, 1), holding: 2 * first)
    kernel.take(ranking.best(holding: first), tables: room.entries, base: table.base, step: table.step)
    kernel.prune()
    let (scored, others) = ranking.openReaching(kernel.bar)
    kernel.take(others, tables: room.entries, base: table.base, step: table.step)
    work.centroids += scored
    if kernel.survivors < k {
      // A filter left too little, or bounds that are not numbers hid some leaves.
      work.centroids += ranking.openReaching(-.infinity).scored
      kernel.take(ranking.remaining(), tables: room.entries, base: table.base, step: table.step)
    }
    kernel.prune()
    work.leaves += kernel.probed
    work.scanned += kernel.scanned
    return kernel.survivors
  }

  /// Scores places exactly and gives the best k.
  private func best(of places: UnsafeBufferPointer<UInt32>, _ query: UnsafePointer<Float>) -> [Neighbour] {
    let (leaves, vectors) = (index.leaves, index.vectors)
    guard let start = places.baseAddress, let numbers = leaves.numbers.values.baseAddress else { return [] }
    vectors.score(query, places: places, into: room.exact.pointer)
    let count = exactKeys(
      room.exact.pointer, places: start, numbers: numbers, count: places.count, allowed: filter?.bits,
      limit: index.count, into: room.keys)
    let wanted = min(k, count)
    guard wanted > 0 else { return [] }
    if wanted < count { _ = keepGreatest(wanted, of: room.keys, count: count) }
    sortDescending(room.keys, count: wanted)
    return [Neighbour](unsafeUninitializedCapacity: wanted) { list, count in
      for place in 0..<wanted {
        let key = RankedKey(bits: room.keys[place])
        list.initializeElement(at: place, to: Neighbour(candidate: Int(key.candidate), score: key.score))
      }
      count = wanted
    }
  }
}
