import Kernels

/// How far candidates lie from the centroids of their leaves: the mean of the squares, in the space of the index.
struct ResidualDrift {
  /// Over the candidates of before; 0 where there are none.
  var before: Double
  /// Over the new vectors; 0 where there are none.
  var new: Double
}

extension ApproximateIndex {
  /// The same geometry with other candidates in it: those that stay keep their codes, new vectors are encoded, and
  /// removed numbers have no place.
  func updated(_ change: CandidateChange, threads: Int) -> (index: ApproximateIndex, drift: ResidualDrift) {
    let rows = change.present(threads: threads)
    let new = Matrix(rows: rows.count, columns: dimension)
    new.gather(change.vectors, rows: rows.map { Int32($0) })
    let encoded = EncodedRows(count: rows.count, subspaces: leaves.subspaces)
    Encoder(geometry).encode(new, rows: 0..<new.rows, into: encoded, at: 0, threads: threads)

    let standing = Standing(self)
    let gone = change.removed.union(change.numbers)
    let left = gone.sorted().compactMap { standing.place(of: $0) }
    var squares = LeafSquares(leaves, leafCount: leafCount)
    let drift = ResidualDrift(
      before: squares.mean,
      new: (0..<rows.count).reduce(0) { $0 + Double(encoded.squares[$1]) } / Double(max(rows.count, 1)))
    for (place, square) in zip(left, standing.squares(at: left)) {
      squares.remove(Double(square), from: standing.leaf(of: place))
    }
    let sources = sources(new: rows.map { change.numbers[$0] }, gone: gone, standing)
    let all = EncodedRows(count: sources.count, subspaces: leaves.subspaces)
    for (row, entry) in sources.enumerated() {
      let code = all.codes.pointer + row * all.bytes
      switch entry.source {
      case .new(let source):
        all.leaves[row] = encoded.leaves[source]
        all.squares[row] = encoded.squares[source]
        code.update(from: encoded.codes.pointer + source * all.bytes, count: all.bytes)
      case .kept(let place):
        let leaf = standing.leaf(of: place)
        all.leaves[row] = Int32(leaf)
        all.squares[row] = squares.mean(of: leaf)
        standing.unpack(place, into: code)
      }
    }
    let updated = Leaves(
      all, candidates: sources.map { UInt32($0.number) }, of: change.count, leafCount: leafCount,
      subspaces: leaves.subspaces, threads: threads)
    let index = ApproximateIndex(
      geometry: geometry, leaves: updated, parentSpreads: Storage(copying: updated.parentSpreads(geometry.tree)),
      vectors: vectors(of: sources, at: updated, new: new, standing), effort: effort)
    return (index, drift)
  }

  /// All candidates that can be found afterwards, by rising numbers.
  private func sources(new: [Int], gone: Set<Int>, _ standing: Standing) -> [(number: Int, source: VectorTable.Origin)]
  {
    var sources: [(number: Int, source: VectorTable.Origin)] = new.enumerated().map { ($1, .new($0)) }
    for number in 0..<count where !gone.contains(number) {
      if let place = standing.place(of: number) { sources.append((number, .kept(place))) }
    }
    sources.sort { $0.number < $1.number }
    return sources
  }

  private func vectors(
    of sources: [(number: Int, source: VectorTable.Origin)], at leaves: Leaves, new: Matrix, _ standing: Standing
  ) -> VectorTable {
    var origins = [VectorTable.Origin](repeating: .new(0), count: sources.count)
    for entry in sources { origins[Int(leaves.places[entry.number])] = entry.source }
    return VectorTable(origins, of: vectors, new: new)
  }
}
