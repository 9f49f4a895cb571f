import Artifacts
import MetricTable
import Testing

@testable import Evaluation

@Suite("Choice of baselines")
struct BaselinePlanTests {
  private func sizes(_ queries: Int, _ candidates: Int, pairs: Int) -> EvaluationSizes {
    EvaluationSizes(
      queries: queries, candidates: candidates, dimension: 64, pairs: pairs, cooccurrences: pairs * 100,
      history: pairs / 2)
  }

  private var movies: EvaluationSizes { sizes(943, 1682, pairs: 80_000) }
  private var manyMovies: EvaluationSizes { sizes(672, 9066, pairs: 80_000) }
  private var shop: EvaluationSizes { sizes(30_000, 41_000, pairs: 810_000) }

  private let withoutFeatures: [Baseline] = [.popularity, .random, .recentPopularity, .itemKNN, .ease]

  @Test("auto runs all baselines on small data")
  func small() throws {
    let plan = BaselinePlan([.auto], gate: .popularity, sizes: movies)
    #expect(plan.chosen == withoutFeatures)
    #expect(plan.leftOut.isEmpty && plan.facts.isEmpty)
    #expect(try plan.notes(available: 1 << 30).isEmpty)
  }

  @Test("auto omits baselines that are slow compared with ranking the model, and reports it")
  func large() throws {
    for sizes in [manyMovies, shop] {
      let plan = BaselinePlan([.auto], gate: .popularity, sizes: sizes)
      #expect(plan.leftOut == [.ease])
      #expect(plan.chosen == [.popularity, .random, .recentPopularity, .itemKNN])
      let note = try #require(try plan.notes(available: nil).first)
      #expect(plan.facts == [.fact("ease left out", String(note.dropFirst("ease left out: ".count)))])
      #expect(note.hasPrefix("ease left out: \(sizes.candidates) candidates would take about "))
      #expect(note.hasSuffix("; name it in --baselines"))
    }
    let plan = BaselinePlan([.auto], gate: nil, sizes: manyMovies)
    #expect(try plan.notes(available: nil)[0].contains(" s and 986 MB; "))
  }

  @Test("auto runs baselines that cost at most twice the ranking of the model, within the memory limit")
  func share() {
    // Ranking takes as long as the equations of EASE.
    #expect(BaselinePlan([.auto], gate: nil, sizes: sizes(2_000_000, 9066, pairs: 80_000)).leftOut.isEmpty)
    #expect(BaselinePlan([.auto], gate: nil, sizes: sizes(100_000_000, 20_000, pairs: 80_000)).leftOut == [.ease])
  }

  @Test("named baselines are measured, and so is the gate's")
  func named() {
    #expect(BaselinePlan([.named(.ease)], gate: .popularity, sizes: shop).chosen == [.ease])
    #expect(
      BaselinePlan([.named(.random), .named(.popularity)], gate: nil, sizes: shop).chosen == [.random, .popularity])
    #expect(BaselinePlan([.named(.ease), .auto], gate: nil, sizes: shop).chosen == withoutFeatures)
    #expect(BaselinePlan([.auto], gate: .ease, sizes: shop).leftOut.isEmpty)
  }

  @Test("high memory use is reported, and refused if the machine has less")
  func memory() throws {
    let plan = BaselinePlan([.named(.ease), .named(.random)], gate: nil, sizes: manyMovies)
    let notes = try plan.notes(available: 2_000_000_000)
    #expect(notes.count == 1 && notes[0].hasPrefix("ease takes about ") && notes[0].contains(" s and 986 MB for 9066"))
    let error = #expect(throws: EvaluationError.self) { _ = try plan.notes(available: 500_000_000) }
    #expect(
      error?.description
        == "ease needs 986 MB of memory and the machine has 500 MB; name the other baselines in --baselines")
  }

  @Test("the param accepts auto and the names of the baselines")
  func choices() {
    #expect(
      BaselineChoice.allCases.map(\.rawValue)
        == [
          "auto", "popularity", "random", "recent-popularity", "item-knn", "ease", "content-knn", "feature-popularity",
        ])
    for choice in BaselineChoice.allCases { #expect(BaselineChoice(rawValue: choice.rawValue) == choice) }
    #expect(BaselineChoice(rawValue: "best") == nil)
  }
}
