import MetricTable
import Tables
import Testing

@testable import Evaluation

@Suite("Slices")
struct SliceTests {
  private func slices(_ dimension: SliceDimension) -> [String: [Int]] {
    Dictionary(uniqueKeysWithValues: zip(dimension.names, dimension.contents))
  }

  @Test("queries are divided into thirds by number of train pairs; ties stay together, queries without pairs apart")
  func activity() {
    let found = slices(.activity([5, 0, 1, 9, 2, 2, 30, 0, 3]))
    #expect(found["activity 0"] == [1, 7])
    #expect(found["activity 1"] == [2])
    #expect(found["activity 2-3"] == [4, 5, 8])
    #expect(found["activity 5-30"] == [0, 3, 6])
    #expect(slices(.activity([4, 4, 4]).informative).isEmpty, "a slice of all says nothing")
  }

  @Test("candidates are divided by thirds of the train pairs; unseen ones belong to the tail")
  func popularity() {
    // 12 pairs: the first candidate alone has a third of them.
    let found = slices(.popularity([1, 4, 3, 2, 2, 0], of: [1, 2, 3, 4, 0, 5, 9]))
    #expect(found["head candidates"] == [0])
    #expect(found["middle candidates"] == [1, 2])
    #expect(found["tail candidates"] == [3, 4, 5, 6])
    let known = slices(.knownCandidates([1, 0], of: [0, 1, 7]))
    #expect(known == ["known candidates": [0], "unknown candidates": [1, 2]])
  }

  @Test("fields slice by texts, list items, single numbers if few, or thirds if many")
  func fields() throws {
    let sexes = Column("sex", text: ["F", "M", "F"])
    #expect(try slices(FieldSlices.dimension(sexes)) == ["sex=F": [0, 2], "sex=M": [1]])
    let genres = Column("genres", textLists: [["War", "Drama"], [], ["Drama", "Drama"]])
    #expect(try slices(FieldSlices.dimension(genres)) == ["genres=Drama": [0, 2], "genres=War": [0]])
    let stars = Column("stars", integers: [5, nil, 1, 5])
    #expect(try slices(FieldSlices.dimension(stars)) == ["stars=1": [2], "stars=5": [0, 3]])
    let age = Column("age", integers: (1...30).map { Int64($0) })
    #expect(try FieldSlices.dimension(age).names == ["age=1-10", "age=11-20", "age=21-30"])
    let names = Column("name", text: (0...100).map { "\($0)" })
    #expect(throws: EvaluationError.tooManyValues(field: "name", count: 101)) { try FieldSlices.dimension(names) }
    let sex = Column("sex", text: ["F", "M", "M"])
    let joined = try FieldSlices.dimension(sex, keys: [7, 3, 7], of: [3, 8, 7])
    #expect(slices(joined) == ["sex=F": [2], "sex=M": [0]], "of two rows with one key the first counts")
  }

  @Test("have the metrics of their pairs and queries alone", arguments: 0..<6)
  func measures(seed: Int) throws {
    let ks = [1, 3]
    for naive in NaiveEvaluation.drawn(UInt64(seed) + 100, queries: 9, pairs: 40) {
      let judged = naive.judged
      let even = SliceDimension(
        names: ["even pairs", "odd pairs"], places: naive.test.map { Int(($0.query + $0.candidate) % 2) })
      let parts = SliceDimension(names: ["even queries", "odd queries"], places: judged.queries.map { Int($0 % 2) })
      let judge = Judge(
        judged, counts: naive.counts, ks: ks, ties: .expected, pairSlices: PairSlices([even], of: judged), threads: 1)
      let assessment = Assessment(
        [Assessment.Entry("m", judge.judge(FixedScores(lines: naive.lines)))], slices: QuerySlices([parts]),
        resamples: 0, seed: 1, threads: 1)
      func value(_ slice: String, _ measure: Measure, _ k: Int) -> Double {
        assessment.metrics.first {
          $0.slice == slice && $0.name == measure.name && $0.k == k && $0.seenProtocol == naive.seenProtocol.rawValue
        }?.value ?? .nan
      }
      for k in ks {
        for rest in [0, 1] as [Int32] {
          let name = rest == 0 ? "even" : "odd"
          let pairs = naive.hitRate(k, .expected) { ($0 + $1) % 2 == rest }
          #expect(abs(value("\(name) pairs", .hitRate, k) - pairs) < 1e-12)
          let alone = NaiveEvaluation(
            train: naive.train, test: naive.test.filter { $0.query % 2 == rest }, scores: naive.scores,
            candidates: naive.candidates, isExcluded: naive.isExcluded)
          for measure in Measure.ofSlices {
            let wanted = alone.value(measure, k, .expected)
            #expect(abs(value("\(name) queries", measure, k) - wanted) < 1e-12, "\(measure)@\(k)")
          }
        }
      }
    }
  }
}
