import Kernels
import RandomNumbers
import Testing

@testable import Evaluation

@Suite("Baselines")
struct BaselineTests {
  private let candidateCount = 23
  private let pairs: NumberedPairs

  init() {
    var random = RandomGenerator(seed: 4, stream: "baseline tests")
    // Candidates from 23 on cannot be retrieved, some pairs repeat, and nobody chose candidate 22.
    let all = (0..<220).map { _ in
      (Int32(random.below(15)), Int32(random.below(1 + random.below(UInt64(22)))))
    }
    pairs = NumberedPairs(queries: all.map(\.0), candidates: all.map { $0.1 == 21 ? 23 + $0.0 : $0.1 })
  }

  private var counts: [Float] {
    let x = matrix
    return (0..<candidateCount).map { candidate in Float(x.reduce(0) { $0 + $1[candidate] }) }
  }

  /// Queries by candidates.
  private var matrix: [[Double]] {
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: candidateCount), count: 15)
    for (query, candidate) in zip(pairs.queries, pairs.candidates) where candidate < candidateCount {
      matrix[Int(query)][Int(candidate)] = 1
    }
    return matrix
  }

  private func scores(_ baseline: some HistoryScores, _ history: [Int32]) -> [Float] {
    var scores = [Float](repeating: .nan, count: candidateCount)
    // A slice that does not begin at 0.
    scores.withUnsafeMutableBufferPointer { baseline.score(([-1] + history)[1...], into: $0) }
    return scores
  }

  private func inverse(_ a: [[Double]]) -> [[Double]] {
    var lines = a.indices.map { row in a[row] + a.indices.map { $0 == row ? 1 : 0 } }
    for pivot in a.indices {
      let line = lines[pivot].map { $0 / lines[pivot][pivot] }
      for row in a.indices where row != pivot {
        let factor = lines[row][pivot]
        lines[row] = zip(lines[row], line).map { $0 - factor * $1 }
      }
      lines[pivot] = line
    }
    return lines.map { Array($0.dropFirst(a.count)) }
  }

  @Test("EASE scores equal the formula computed in doubles")
  func ease() throws {
    let x = matrix
    let range = 0..<candidateCount
    let p = inverse(
      range.map { i in range.map { j in x.reduce(i == j ? 7.5 : 0) { $0 + $1[i] * $1[j] } } })
    let ease = try EASE(
      pairs, candidateCount: candidateCount, regularization: 7.5,
      threads: 2)
    for history: [Int32] in [[3], [0, 4, 9, 22], Array(0..<23)] {
      let found = scores(ease, history)
      for j in range {
        let wanted = history.reduce(0) { $0 + (Int($1) == j ? 0 : -p[Int($1)][j] / p[j][j]) }
        #expect(abs(Double(found[j]) - wanted) < 1e-5)
      }
    }
    #expect(scores(ease, []) == counts)
  }

  @Test("EASE refuses ill-conditioned equations")
  func easeRefusal() {
    let one = NumberedPairs(queries: [0], candidates: [0])
    #expect(throws: EvaluationError.self) {
      _ = try EASE(one, candidateCount: 3, regularization: 0, threads: 1)
    }
  }

  @Test("item-kNN sums shrunk cosines over the nearest neighbours only", arguments: [1, 3, 50])
  func itemKNN(neighbours: Int) {
    let x = matrix
    let range = 0..<candidateCount
    let common = range.map { i in range.map { j in x.reduce(0) { $0 + $1[i] * $1[j] } } }
    func similarity(_ i: Int, _ j: Int) -> Float {
      Float(common[i][j] / (common[i][i].squareRoot() * common[j][j].squareRoot() + 2))
    }
    let nearest = range.map { j in
      range.filter { $0 != j && common[$0][j] > 0 }
        .sorted { (similarity($1, j), $0) < (similarity($0, j), $1) }.prefix(neighbours)
    }
    for threads in [1, 3] {
      let knn = ItemKNN(
        pairs, candidateCount: candidateCount, neighbours: neighbours,
        shrinkage: 2, threads: threads)
      for history: [Int32] in [[3], [0, 4, 9, 22], Array(0..<23)] {
        let found = scores(knn, history)
        for j in range {
          let wanted = history.filter { nearest[j].contains(Int($0)) }.reduce(Float(0)) { $0 + similarity(Int($1), j) }
          #expect(found[j] == wanted)
        }
      }
      #expect(scores(knn, []) == counts)
    }
  }

  @Test("random scores depend only on seed and history, and are uniform")
  func random() {
    let (first, second) = (RandomScores(seed: 1), RandomScores(seed: 2))
    #expect(scores(first, [1, 2]) == scores(first, [1, 2]))
    let others = [scores(first, [2, 1]), scores(first, [1]), scores(first, []), scores(second, [1, 2])]
    for other in others { #expect(other != scores(first, [1, 2])) }
    var wins = [Int](repeating: 0, count: candidateCount)
    for history in 0..<2300 {
      let scores = scores(first, [Int32(history)])
      wins[scores.indices.max { scores[$0] < scores[$1] } ?? 0] += 1
    }
    #expect(wins.allSatisfy { 50...150 ~= $0 })
  }

  @Test("recent popularity counts the newest share of the pairs, equal times by their order")
  func recent() {
    let times: [Double] = [5, 1, 3, 3, 3, 2, 9, 0, 0, 0]
    let candidates: [Int32] = [0, 1, 2, 3, 4, 5, 30, 6, 6, 6]
    // The last two rows are one pair.
    let queries: [Int32] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    func recent(_ share: Double) -> [Float] {
      scores(
        RecentPopularity(
          NumberedPairs(queries: queries, candidates: candidates), timestamps: times, candidateCount: candidateCount,
          share: share),
        [1])
    }
    // The newest four: 9 (not retrievable), 5, and of the three times 3 the last two.
    #expect(recent(0.4).prefix(7) == [1, 0, 0, 1, 1, 0, 0])
    #expect(recent(1).prefix(7) == [1, 1, 1, 1, 1, 1, 2])
    #expect(recent(0.01).reduce(0, +) == 0)
  }
}
