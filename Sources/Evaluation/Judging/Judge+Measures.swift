extension Judge {
  /// Writes the terms that a query adds.
  func measure(_ query: Int, _ line: some AnsweredLine, into sums: QuerySums) {
    let (layout, row) = (sums.layout, sums.row(query))
    let history = judged.history(query)
    let meanHistoryPopularity = history.isEmpty ? 0 : Double(total(history)) / Double(history.count)
    let targets = judged.targets.starts[query]..<judged.targets.starts[query + 1]
    let new = targets.count { judged.isNew[$0] }
    var ranks = TiedRanks(targetCount: new)
    for seen in SeenProtocol.allCases {
      ranks.removeAll()
      var (beaten, reached) = (0.0, 0)
      let rivals = measuresAUC ? competitors(query, seen) : 0
      for place in targets {
        let count = Double(judged.occurrences[place])
        row[layout.base(.pairs, seen)] += count
        guard let rank = line.rank(place, seen, judged) else { continue }
        if judged.isNew[place] {
          ranks.add(greater: rank.greater, equal: rank.equal)
          beaten += Double(rivals - 1 - rank.greater) - Double(rank.equal) / 2
          reached += 1
        }
        for (length, k) in ks.enumerated() {
          let hit = hitRateTies.value(greater: rank.greater, equal: rank.equal, limit: k) { _ in 1 }
          guard hit > 0 else { continue }
          row[layout.column(.hitRate, seen, length)] += count * hit
          for (slice, count) in pairSlices[place] {
            row[layout.hits(inSlice: slice, seen, length)] += Double(count) * hit
          }
        }
      }
      measureTargets(ranks, seen, row, layout)
      if measuresAUC, new > 0, rivals > reached {
        // Of two targets one stands before the other, and no pair of them counts.
        let won = max(beaten - Double(reached * (reached - 1)) / 2, 0)
        let share = won / Double(new * (rivals - reached))
        for length in ks.indices { row[layout.column(.auc, seen, length)] = share }
      }
      measureList(line, meanHistoryPopularity, seen, row, layout)
    }
    for place in targets {
      for (slice, count) in pairSlices[place] { row[layout.pairs(inSlice: slice)] += Double(count) }
    }
  }

  private func total(_ candidates: some Sequence<Int32>) -> Int {
    candidates.reduce(0) { $0 + Int(popularity[Int($1)]) }
  }

  private func measureTargets(
    _ ranks: TiedRanks, _ seen: SeenProtocol, _ row: QuerySums.Row, _ layout: QuerySums.Layout
  ) {
    guard ranks.targetCount > 0 else { return }
    row[layout.base(.queries, seen)] = 1
    guard !ranks.groups.isEmpty else { return }
    for (length, k) in ks.enumerated() {
      let values = ranks.values(at: k, discounts)
      row[layout.column(.recall, seen, length)] = values.recall
      row[layout.column(.ndcg, seen, length)] = values.ndcg
      row[layout.column(.precision, seen, length)] = values.precision
      row[layout.column(.mrr, seen, length)] = values.mrr
      row[layout.column(.map, seen, length)] = values.map
    }
  }

  /// Candidates that compete for a query.
  private func competitors(_ query: Int, _ seen: SeenProtocol) -> Int {
    guard seen == .excluded else { return competingCount }
    return competingCount - judged.history(query).count { competing?[Int($0)] ?? true }
  }

  private func measureList(
    _ line: some AnsweredLine, _ meanHistoryPopularity: Double, _ seen: SeenProtocol, _ row: QuerySums.Row,
    _ layout: QuerySums.Layout
  ) {
    let count = line.count(seen)
    guard count > 0 else { return }
    row[layout.base(.lists, seen)] = 1
    row[layout.base(.histories, seen)] = meanHistoryPopularity
    var (bits, pairs, new, place) = (0.0, 0, 0, 0)
    for length in order {
      let end = min(ks[length], count)
      while place < end {
        let candidate = line.candidate(place, seen)
        bits += surprise[candidate]
        pairs += Int(popularity[candidate])
        if popularity[candidate] == 0 { new += 1 }
        place += 1
      }
      row[layout.column(.novelty, seen, length)] = bits / Double(end)
      row[layout.column(.newShare, seen, length)] = Double(new) / Double(end)
      if meanHistoryPopularity > 0 { row[layout.column(.popularityBias, seen, length)] = Double(pairs) / Double(end) }
    }
  }
}
