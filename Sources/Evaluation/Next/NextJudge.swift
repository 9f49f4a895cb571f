import Interactions
import Kernels
import TwoTower

/// Judges test events one after the other, each from what its user chose before, over all candidates.
///
/// Metrics of pairs are means over events, and those of queries means over users of the means over their events, so that
/// intervals draw users, whose events are not independent. Time is that of ranking `events` queries, and a look at every
/// history; memory is a block of events (`EventBlocks`) and a row of sums for each user.
package struct NextJudge: Sendable {
  package let events: EventSequences
  private let judge: Judge
  private let slices: PairSlices
  package let userSlices: QuerySlices
  /// The users who judge.
  private var users: Range<Int>
  private let threads: Int

  package init(
    _ events: EventSequences, ks: [Int], ties: TieRule, slices: (users: QuerySlices, events: [SliceDimension]),
    threads: Int
  ) {
    self.events = events
    self.threads = threads
    self.slices = PairSlices(slices.events, targetCount: events.eventCount)
    userSlices = slices.users
    users = 0..<events.userCount
    judge = Judge(
      JudgedQueries(events: [], seen: JaggedArray(), candidateCount: events.candidateCount), counts: events.counts,
      ks: ks, ties: ties, pairSlices: self.slices, threads: threads)
  }

  /// The judge by some of the users.
  package func part(_ users: Range<Int>) -> NextJudge {
    var part = self
    part.users = users
    return part
  }

  package func judgeModel() throws -> JudgedPart {
    judge(
      try EventAnswers(
        events.model, rows: events.candidateRows.model, described: events.described.model,
        contexts: events.contexts.model, threads: threads))
  }

  /// The judge of the second model; `nil` if there is none.
  package func judgeOther() throws -> JudgedPart? {
    try events.other.map {
      judge(
        try EventAnswers(
          $0, rows: events.candidateRows.other, described: events.described.other, contexts: events.contexts.other,
          threads: threads))
    }
  }

  private func judge(_ answers: EventAnswers) -> JudgedPart {
    judgeBlocks { judge, block, coverage in judge.sums(of: answers.scores(block), coverage) }
  }

  /// The judgement of a model that was judged part by part, by all users in their order.
  package func judgement(joining parts: [JudgedPart]) -> Judgement {
    let sums = QuerySums.joining(parts.map(\.sums), layout: judge.layout)
    precondition(sums.count == events.userCount, "parts of \(sums.count) users, of \(events.userCount)")
    return judge.judgement(sums, Coverage.joining(parts.map(\.coverage), candidates: events.candidateCount))
  }

  package func judge(_ scorer: any HistoryScores) -> JudgedPart {
    let ranking = scorer.sharedScores.map { SharedRanking($0, competing: nil) }
    return judgeBlocks { judge, block, coverage in
      ranking.map { judge.sums(of: $0, coverage) } ?? judge.sums(of: scorer, coverage)
    }
  }

  private func judgeBlocks(_ sums: (Judge, EventBlock, Coverage) -> QuerySums) -> JudgedPart {
    let own = QuerySums(count: users.count, layout: judge.layout)
    let coverage = Coverage(candidates: events.candidateCount)
    for block in EventBlocks(events, users: users) {
      let part = slices.part(block.first..<block.first + block.users.count)
      let terms = sums(judge.judging(block.judged, part), block, coverage)
      for (event, user) in block.users.enumerated() { own.add(terms.row(event), to: Int(user) - users.lowerBound) }
    }
    for user in 0..<own.count { own.takeMeans(of: user) }
    return JudgedPart(sums: own, coverage: coverage)
  }
}
