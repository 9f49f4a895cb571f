import Kernels
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Settings chosen by trial")
struct SettingsTrialTests {
  private let candidates = MatrixVectors(Vectors.clustered(3000, 16, seed: 1))

  private func trial(leaves: Int? = nil, precision: VectorPrecision? = nil, threads: Int = 2) -> SettingsTrial {
    var recipe = IndexRecipe()
    (recipe.k, recipe.targetRecall, recipe.leaves, recipe.precision) = (20, 0.9, leaves, precision)
    (recipe.threads, recipe.seed) = (threads, 3)
    let queries = QuerySample(MatrixVectors(Vectors.clustered(900, 16, seed: 2)), proof: 100, seed: 3)
    return SettingsTrial(candidates, queries: queries, recipe: recipe)
  }

  @Test("are the cheapest number of leaves and the lowest precision without loss of recall")
  func choice() throws {
    let trial = trial()
    #expect(trial.outcomes.map(\.precision) == [.float32, .float32, .float32, .float16, .int8])
    let sized = trial.outcomes.prefix(3)
    let costs = sized.map { $0.point?.cycles ?? .infinity }
    let least = try #require(costs.min())
    let chosen = try #require(sized.first { $0.point?.cycles == least })
    #expect(trial.settings.leaves == 3000 / chosen.candidatesPerLeaf)
    let full = try #require(chosen.point?.recall)
    let fits = trial.outcomes.suffix(2).last { full - ($0.point?.recall ?? 0) <= SettingsTrial.greatestLoss }
    #expect(trial.settings.precision == fits?.precision ?? .float32)
    #expect(trial.settings.precision != .float32, "halves round by a two-thousandth")
  }

  @Test("are not tried if they are given")
  func given() {
    let fixed = trial(leaves: 50, precision: .int8)
    #expect(fixed.settings.leaves == 50 && fixed.settings.precision == .int8 && fixed.outcomes.isEmpty)
    #expect(fixed.summary.isEmpty)
    #expect(trial(leaves: 50).outcomes.map(\.candidatesPerLeaf) == [60, 60, 60])
    #expect(trial(precision: .float32).outcomes.count == 3)
  }

  @Test("are the same on any number of threads")
  func threads() {
    let (one, four) = (trial(threads: 1), trial(threads: 4))
    #expect(one.summary == four.summary && !one.summary.isEmpty)
  }
}
