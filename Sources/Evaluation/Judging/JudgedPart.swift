/// A model as some of the queries judge it: the terms that each of them adds, and the best rank of each candidate in
/// their lists.
package struct JudgedPart: Sendable {
  let sums: QuerySums
  let coverage: Coverage
}

extension Judge {
  /// The judge by some of the queries, which are numbered from 0 in it.
  package func part(_ queries: Range<Int>) -> Judge {
    guard queries != 0..<judged.count else { return self }
    let targets = judged.targets.starts[queries.lowerBound]..<judged.targets.starts[queries.upperBound]
    return judging(judged.part(queries), pairSlices.part(targets))
  }

  package func judgePart(_ scores: some CandidateScores) -> JudgedPart {
    let coverage = Coverage(candidates: judged.candidateCount)
    return JudgedPart(sums: sums(of: scores, coverage), coverage: coverage)
  }

  /// Judges scores from histories; those that are the same for all are sorted once, which costs next to nothing.
  package func judgePart(_ scorer: any HistoryScores) -> JudgedPart {
    let coverage = Coverage(candidates: judged.candidateCount)
    if let shared = scorer.sharedScores {
      return JudgedPart(sums: sums(of: SharedRanking(shared, competing: competing), coverage), coverage: coverage)
    }
    return JudgedPart(sums: sums(of: scorer, coverage), coverage: coverage)
  }

  /// The judgement of a model that was judged part by part.
  ///
  /// - Parameter parts: those of all queries, in their order.
  package func judgement(joining parts: [JudgedPart]) -> Judgement {
    let sums = QuerySums.joining(parts.map(\.sums), layout: layout)
    precondition(sums.count == judged.count, "parts of \(sums.count) queries, of \(judged.count)")
    return judgement(sums, Coverage.joining(parts.map(\.coverage), candidates: judged.candidateCount))
  }
}
