import Kernels

extension ApproximateIndex {
  /// Returns an index with the change applied, and the drift of its residuals. The geometry and the codes of remaining
  /// candidates are kept, new vectors are encoded, and removed candidates can no longer be found.
  package func updated(
    _ change: CandidateChange, threads: Int
  ) -> (index: any NearestNeighbourIndex, drift: ResidualDrift?) {
    let rows = change.present(threads: threads)
    let new = Matrix(rows: rows.count, columns: dimension)
    new.gather(change.vectors, rows: rows.map { Int32($0) })
    let encoded = EncodedRows(count: rows.count, subspaces: leaves.subspaces)
    Encoder(geometry).encode(new, rows: 0..<new.rows, into: encoded, at: 0, threads: threads)

    let placement = CandidatePlacement(self)
    let gone = change.removed.union(change.numbers)
    let left = gone.sorted().compactMap { placement.position(of: $0) }
    var squares = LeafSquares(leaves, leafCount: leafCount)
    let drift = ResidualDrift(
      before: squares.mean,
      new: (0..<rows.count).reduce(0) { $0 + Double(encoded.squares[$1]) } / Double(max(rows.count, 1)))
    for (position, square) in zip(left, placement.squares(at: left)) {
      squares.remove(Double(square), from: placement.leaf(of: position))
    }
    let sources = sources(new: rows.map { change.numbers[$0] }, gone: gone, placement)
    let all = EncodedRows(count: sources.count, subspaces: leaves.subspaces)
    for (row, entry) in sources.enumerated() {
      switch entry.source {
      case .new(let source):
        all.leaves[row] = encoded.leaves[source]
        all.squares[row] = encoded.squares[source]
        for byte in 0..<all.bytes { all.codes[row * all.bytes + byte] = encoded.codes[source * all.bytes + byte] }
      case .kept(let position):
        let leaf = placement.leaf(of: position)
        all.leaves[row] = Int32(leaf)
        all.squares[row] = squares.mean(of: leaf)
        placement.unpack(position, into: all.codes, at: row * all.bytes)
      }
    }
    let updated = Leaves(
      all, candidates: sources.map { UInt32($0.number) }, of: change.count, leafCount: leafCount,
      subspaces: leaves.subspaces, threads: threads)
    let index = ApproximateIndex(
      geometry: geometry, leaves: updated, parentSpreads: Storage(copying: updated.parentSpreads(geometry.tree)),
      vectors: vectors(of: sources, at: updated, new: new, placement), parameters: tuned)
    return (index, drift)
  }

  /// The candidates that can be found afterwards and the sources of their vectors, by rising numbers.
  private func sources(new: [Int], gone: Set<Int>, _ placement: CandidatePlacement) -> [(
    number: Int, source: VectorTable.Origin
  )] {
    var sources: [(number: Int, source: VectorTable.Origin)] = new.enumerated().map { ($1, .new($0)) }
    for number in 0..<count where !gone.contains(number) {
      if let position = placement.position(of: number) { sources.append((number, .kept(position))) }
    }
    sources.sort { $0.number < $1.number }
    return sources
  }

  private func vectors(
    of sources: [(number: Int, source: VectorTable.Origin)], at leaves: Leaves, new: Matrix,
    _ placement: CandidatePlacement
  ) -> VectorTable {
    var origins = [VectorTable.Origin](repeating: .new(0), count: sources.count)
    for entry in sources { origins[Int(leaves.positions[entry.number])] = entry.source }
    return VectorTable(origins, of: vectors, new: new)
  }
}
