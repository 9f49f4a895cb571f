import Kernels

extension SampledSoftmax {
  /// Finds the best negatives of a block of queries tile by tile, and works on their lists alone.
  func hardQueryBlock(_ block: Range<Int>, _ hard: HardNegatives, into gradients: Matrix) {
    let width = Self.tileColumns
    let tileScores = AlignedFloats(uninitialised: Self.tileRows * width)
    // What the query chose is masked out of the lists, where it is no negative; its own pairs are added below.
    var mask = masks.positives?.ofQueries.sweep(block)
    var best = [[HardNegatives.Column]](repeating: [], count: block.count)
    for tile in tiles(candidates.rows) {
      unsafe scores(
        of: block, in: queries, against: packedCandidates, tile: tile, into: tileScores.pointer, stride: width)
      mask?.visit(tile) { row, columns in
        for column in columns { tileScores[row * width + Int(column) - tile.lowerBound] = Self.masked }
      }
      for row in 0..<block.count {
        let line = unsafe tileScores.pointer + row * width
        for place in 0..<tile.count { unsafe line[place] += corrections[tile.lowerBound + place] }
        unsafe hard.merge(
          UnsafeBufferPointer(start: line, count: tile.count), from: tile.lowerBound, copies: copies, into: &best[row])
      }
    }
    for row in 0..<block.count {
      let query = block.lowerBound + row
      lists.values[query] = hardGradient(of: query, best[row], hard)
      let gradient = unsafe gradients.pointer(row: query)
      for (column, coefficient) in lists.values[query] {
        unsafe addScaled(candidates.pointer(row: Int(column)), by: coefficient, to: gradient, count: gradients.stride)
      }
    }
  }

  /// The loss of a query's pairs, and what each candidate weighs in its gradient.
  private func hardGradient(
    of query: Int, _ best: [HardNegatives.Column], _ hard: HardNegatives
  ) -> [(column: Int32, coefficient: Float)] {
    var coefficients: [Int32: Double] = [:]
    var loss = 0.0
    for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
      let own = batch.queries.partners[place]
      let ownScore = score(query, place)
      let ownCopies = masks.accidentalHits ? 0 : copies[Int(own)] - 1
      let taken = hard.taken(of: best, own: own, ownCopies: ownCopies)
      let level = max(Float(ownScore), best.first?.score ?? Self.masked)
      var exponents = best.map { $0.score - level } + [Float(ownScore - Double(level))]
      exponentials(of: &exponents)
      let ownExponent = Double(exponents[best.count])
      let z = zip(taken, exponents).reduce(ownExponent) { $0 + Double($1.0) * Double($1.1) }
      let weight = Double(batch.queries.partnerWeights[place])
      loss += weight * (Double(level) + logarithm(z) - ownScore)
      coefficients[own, default: 0] += weight * (ownExponent / z - 1)
      for (number, candidate) in best.enumerated() where taken[number] > 0 {
        coefficients[candidate.column, default: 0] += weight * Double(taken[number]) * Double(exponents[number]) / z
      }
    }
    losses[query] = loss
    return coefficients.sorted { $0.key < $1.key }.map { ($0.key, Float($0.value)) }
  }

  func hardCandidateBlock(
    _ block: Range<Int>, _ transposed: [[(query: Int32, coefficient: Float)]], into gradients: Matrix
  ) {
    for row in block {
      let gradient = unsafe gradients.pointer(row: row)
      for (query, coefficient) in transposed[row] {
        unsafe addScaled(queries.pointer(row: Int(query)), by: coefficient, to: gradient, count: gradients.stride)
      }
    }
  }
}

/// The shares of candidates in each query's gradient, written by whoever has the query.
struct HardLists: Sendable {
  let values: SharedBuffer<[(column: Int32, coefficient: Float)]>

  init(count: Int) {
    values = SharedBuffer(repeating: [], count: count)
  }

  func transposed(columns: Int) -> [[(query: Int32, coefficient: Float)]] {
    var lists = [[(query: Int32, coefficient: Float)]](repeating: [], count: columns)
    for query in 0..<values.count {
      for (column, coefficient) in values[query] { lists[Int(column)].append((Int32(query), coefficient)) }
    }
    return lists
  }
}
