import Artifacts
import Kernels
import TestKit
import Testing

@testable import Evaluation

@Suite("Judging block by block")
struct JudgedBlockTests {
  private let type = ArtifactType("block", version: 1)

  /// Blocks as one process leaves them for another.
  private func handedOver(_ blocks: [JudgedBlock]) throws -> [JudgedBlock] {
    let scratch = try Scratch()
    return try blocks.enumerated().map { number, block in
      let path = scratch.file("\(number)")
      try block.publish(to: path, lineage: .none, type: type)
      return try JudgedBlock(ArtifactFile(path: path, type: type))
    }
  }

  /// The scores of some of the queries.
  private func scores(_ naive: NaiveEvaluation, _ queries: Range<Int>) -> FixedScores {
    FixedScores(lines: Array(naive.lines[queries]))
  }

  @Test("comes to the same numbers as at once, bit by bit, whatever the blocks", arguments: 0..<4)
  func joined(seed: Int) throws {
    for naive in NaiveEvaluation.drawn(UInt64(seed), queries: 20, candidates: 40, pairs: 150) {
      let judge = Judge(naive.judged, counts: naive.counts, ks: [3, 1, 7], ties: .expected, threads: 2)
      let count = judge.judged.count
      let popularity = PopularityScores(counts: naive.counts)
      for cuts in [[0, count], [0, 1, count], [0, 0, count / 2, count], Array(0...count)] {
        let blocks = zip(cuts, cuts.dropFirst()).map { start, end in
          var block = JudgedBlock()
          let part = judge.part(start..<end)
          block.models.append(("scores", part.judgePart(scores(naive, start..<end))))
          block.models.append(("popularity", part.judgePart(popularity)))
          return block
        }
        let parts = try handedOver(blocks)
        for (model, whole) in [
          ("scores", judge.judge(FixedScores(lines: naive.lines))), ("popularity", judge.judge(popularity)),
        ] {
          let judgement = judge.judgement(joining: JudgedBlock.parts(of: model, in: parts))
          #expect(judgement.metrics("m") == whole.metrics("m"))
          #expect(
            judgement.estimate(.recall, naive.seenProtocol, k: 3) == whole.estimate(.recall, naive.seenProtocol, k: 3))
        }
      }
    }
  }

  @Test("hands over the lists that an index is measured by")
  func lists() throws {
    for naive in NaiveEvaluation.drawn(7, queries: 20, candidates: 40, pairs: 150) {
      let judge = Judge(naive.judged, counts: naive.counts, ks: [1, 5], ties: .expected, threads: 2)
      let blocks = [0..<6, 6..<6, 6..<judge.judged.count].map { queries in
        var block = JudgedBlock()
        let (part, exact) = judge.part(queries).judgePartKeepingLists(scores(naive, queries))
        // A search that finds the negatives of the scores.
        let other = FixedScores(lines: naive.lines[queries].map { $0.map { -$0 } })
        block.models.append(("scores", part))
        block.lists = (exact, judge.part(queries).judgePartKeepingLists(other).1)
        return block
      }
      let exact = judge.judgeKeepingLists(FixedScores(lines: naive.lines)).1
      let other = judge.judgeKeepingLists(FixedScores(lines: naive.lines.map { $0.map { -$0 } })).1
      let whole = IndexAssessment(judge, exact: exact, index: other, resamples: 50, seed: 1).metrics
      #expect(try judge.indexMetrics(handedOver(blocks), resamples: 50, seed: 1) == whole)
      #expect(!whole.isEmpty)
    }
  }
}
