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
  private let threads: Int

  package init(
    _ events: EventSequences, ks: [Int], ties: TieRule, slices: (users: QuerySlices, events: [SliceDimension]),
    threads: Int
  ) {
    self.events = events
    self.threads = threads
    self.slices = PairSlices(slices.events, targetCount: events.eventCount)
    userSlices = slices.users
    judge = Judge(
      JudgedQueries(events: [], seen: JaggedArray(), candidateCount: events.candidateCount), counts: events.counts,
      ks: ks, ties: ties, pairSlices: self.slices, threads: threads)
  }

  package func judgeModel() throws -> Judgement {
    judge(
      try EventAnswers(
        events.model, rows: events.candidateRows.model, described: events.described.model, threads: threads))
  }

  /// The judge of the second model; `nil` if there is none.
  package func judgeOther() throws -> Judgement? {
    try events.other.map {
      judge(
        try EventAnswers($0, rows: events.candidateRows.other, described: events.described.other, threads: threads))
    }
  }

  private func judge(_ answers: EventAnswers) -> Judgement {
    judgeBlocks { judge, block, coverage in judge.sums(of: answers.scores(block), coverage) }
  }

  package func judge(_ scorer: any HistoryScores) -> Judgement {
    let ranking = scorer.sharedScores.map { SharedRanking($0, competing: nil) }
    return judgeBlocks { judge, block, coverage in
      ranking.map { judge.sums(of: $0, coverage) } ?? judge.sums(of: scorer, coverage)
    }
  }

  private func judgeBlocks(_ sums: (Judge, EventBlock, Coverage) -> QuerySums) -> Judgement {
    let users = QuerySums(count: events.userCount, layout: judge.layout)
    let coverage = Coverage(candidates: events.candidateCount)
    for block in EventBlocks(events) {
      let part = slices.part(block.first..<block.first + block.users.count)
      let terms = sums(judge.judging(block.judged, part), block, coverage)
      for (event, user) in block.users.enumerated() { users.add(terms.row(event), to: Int(user)) }
    }
    for user in 0..<users.count { users.takeMeans(of: user) }
    return judge.judgement(users, coverage)
  }
}
