import Kernels
import TestKit
import Testing

@testable import CandidateIndex
@testable import VectorLibrary

@Suite("Updates of an index")
struct UpdateTests {
  private func approximate(_ matrix: Matrix, leaves: Int = 20) -> ApproximateIndex {
    var settings = ApproximateIndex.Settings(leaves: leaves)
    settings.iterations = 4
    return ApproximateIndex(matrix, rows: 0..<matrix.rows, settings: settings)
  }

  private func wrapped(_ index: any NearestNeighbourIndex) -> VectorIndex {
    VectorIndex(
      index: index, map: SimilarityMap(.innerProduct, dimension: index.dimension, centre: []),
      counts: VectorCounts(index.matrix(), threads: 1), recall: nil)
  }

  @Test("an updated exact index gives the results of a rebuilt one, from a file too", arguments: [true, false])
  func asBuiltAnew(isExact: Bool) throws {
    let scratch = try Scratch()
    let old = Vectors.clustered(600, 7, seed: 1)
    var index = wrapped(isExact ? ExactIndex(old) : approximate(old))
    var vectors = (0..<600).map { old.row($0) }
    var present = Set(0..<600)
    for round in 0..<4 as Range<UInt64> {
      let count = vectors.count
      let added = Vectors.clustered(50 * Int(round), 7, seed: 10 + round)
      let changed = Vectors.clustered(30, 7, seed: 20 + round)
      var replaced: [Int: [Float]] = [:]
      for row in 0..<30 { replaced[(row * 17 + Int(round)) % count] = changed.row(row) }
      if round == 2 { replaced[4]?[3] = .nan }
      let removed = (0..<40).map { ($0 * 13 + Int(round)) % count }.filter { replaced[$0] == nil }
      let update = try index.updated(adding: added.values, replacing: replaced, removing: removed)
      #expect(update.report.added == added.rows && update.report.replaced == replaced.count)
      #expect(update.report.removed == present.intersection(removed).count)
      for row in 0..<added.rows { vectors.append(added.row(row)) }
      for (number, vector) in replaced { vectors[number] = vector }
      present.subtract(removed)
      present.formUnion(replaced.keys)
      present.formUnion(count..<vectors.count)
      for candidate in present where !vectors[candidate].allSatisfy(\.isFinite) { present.remove(candidate) }
      #expect(index.count == count, "the index before stays as it is")
      index = update.index
      if round == 1 {
        try index.save(to: scratch.file("index"))
        index = try VectorIndex.open(scratch.file("index"))
      }
      #expect(index.count == vectors.count && index.absent == vectors.count - present.count)
      let filter = CandidateFilter(including: present, of: vectors.count)
      let fresh = ExactIndex(vectors: vectors.joined().map { $0 }, dimension: 7)
      let queries = Vectors.clustered(5, 7, seed: 30 + round)
      for row in 0..<5 {
        for k in [1, 20, vectors.count + 1] {
          let wanted = fresh.search(queries.row(row), k: k, filter: filter)
          #expect(everything(index, queries.row(row), k: k) == wanted)
        }
      }
    }
  }

  private func everything(_ index: VectorIndex, _ query: [Float], k: Int) -> [Neighbour] {
    index.index.search(
      query, k: k, filter: nil, parameters: SearchParameters(reach: 1_000_000, reordered: index.count))
  }

  @Test("20 % more candidates of the same distribution cost little recall; others are detected, and a rebuild is due")
  func drift() throws {
    var options = VectorIndex.Options()
    (options.kind, options.k, options.targetRecall) = (.approximate, 10, 0.9)
    let index = try VectorIndex(
      vectors: Vectors.clustered(8000, 16, seed: 3).values, dimension: 16, similarity: .euclidean,
      queries: Vectors.clustered(400, 16, seed: 4).values, options: options)
    try #require(!index.isExact)
    let queries = Vectors.clustered(200, 16, seed: 5).values
    let like = try index.updated(adding: Vectors.clustered(1600, 16, seed: 6).values, queries: queries)
    let (before, after) = (try #require(like.report.recallBefore), try #require(like.report.recallAfter))
    #expect(after > before - 0.03 && before > 0.85, "\(before), then \(after)")
    #expect(abs(try #require(like.report.residualOfNew) / (try #require(like.report.residualBefore)) - 1) < 0.5)
    #expect(like.index.recall?.share == after && like.index.recall?.changed == 0)
    #expect(try index.updated(removing: [1, 2]).index.recall?.changed == 2)
    #expect(try index.updated(removing: [1, 2]).report.verdict == .notMeasured)

    // Far more of them, close together where nothing was, and asked for.
    let unlike = Vectors.clustered(8000, 16, seed: 7, spread: 0.05).values.map { 0.1 * $0 + 4 }
    let moved = try index.updated(adding: unlike, queries: unlike.prefix(16 * 100).map { $0 })
    #expect(try #require(moved.report.residualOfNew) > 2 * (try #require(moved.report.residualBefore)))
    #expect(moved.report.verdict == (try #require(moved.report.recallAfter) < 0.89 ? .rebuildIsDue : .sound))
  }

  @Test("a rebuild is due if the measured recall is lower than the target by more than the tolerance")
  func verdict() throws {
    let matrix = Vectors.clustered(2000, 8, seed: 8)
    let queries = Vectors.clustered(50, 8, seed: 9).values
    let hasty = approximate(matrix, leaves: 40).with(SearchParameters(reach: 0, probes: 1, reordered: 10, k: 10))
    for (target, tolerance, verdict) in [(1, 0.01, .rebuildIsDue), (1, 1, .sound), (0.01, 0.01, .sound)]
      as [(Double, Double, UpdateReport.Verdict)]
    {
      let index = VectorIndex(
        index: hasty, map: SimilarityMap(.innerProduct, dimension: 8, centre: []), counts: nil,
        recall: MeasuredRecall(k: 10, target: target, share: 1, margin: 0, queries: 1, source: .queries))
      #expect(try index.updated(removing: [3], queries: queries, tolerance: tolerance).report.verdict == verdict)
    }
  }

  @Test("unknown, repeated and mismatched candidates are refused in one line")
  func refused() throws {
    let index = try VectorIndex(vectors: [1, 2, 3, 4], dimension: 2)
    func said(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "nothing"
    }
    #expect(
      said { _ = try index.updated(removing: [2]) } == "candidate 2: the index has 0 to 1; give one of those")
    #expect(
      said { _ = try index.updated(replacing: [1: [1, 2]], removing: [1]) }
        == "candidate 1: it is both replaced and removed; give it once")
    #expect(
      said { _ = try index.updated(replacing: [1: [1]]) }
        == "candidate 1: a vector of 1 dimensions; the index has 2")
    #expect(said { _ = try index.updated(adding: [1]) }.hasPrefix("added vectors: 1 floats"))
    let nothing = try index.updated(removing: [0, 1])
    #expect(nothing.index.absent == 2)
    #expect(try nothing.index.search([1, 1], k: 2).isEmpty)
    let again = try nothing.index.updated(adding: [5, 6], replacing: [0: [7, 8]]).index
    #expect(try again.search([1, 1], k: 9).map(\.candidate) == [0, 2])
  }
}
