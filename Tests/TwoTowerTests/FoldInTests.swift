import Interactions
import Kernels
import RandomNumbers
import Tables
import Testing

@testable import TwoTower

@Suite("Folding in a history")
struct FoldInTests {
  /// Users of even numbers like candidates of even numbers; 30 users are trained on.
  private func trained(_ change: (inout SoftmaxObjective) -> Void) throws -> (Model, [[CandidateNumber]]) {
    var cases = Cases(21)
    let model = cases.model(queries: 31, candidates: 61, dimension: 8, scale: 0.05)
    let queries = (0..<900).map { _ in Int32(1 + cases.number(below: 30)) }
    let candidates = queries.map { Int32(1 + 2 * cases.number(below: 30)) + $0 % 2 }
    var settings = Trainer.Settings()
    settings.objective.negatives = .all
    change(&settings.objective)
    settings.length.epochs = 60
    settings.regularization = Regularization(strength: 0.02, byFrequency: settings.objective.normalisation != .both)
    settings.batchSize = 1000
    let trainer = Trainer(model, queries: queries, candidates: candidates, settings: settings)
    _ = try trainer.train()
    let histories = (1...30).map { user -> [CandidateNumber] in
      let own = zip(queries, candidates).filter { $0.0 == Int32(user) }.map { CandidateNumber($0.1 - 1) }
      return Set(own).sorted()
    }
    return (trainer.result, histories)
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Float {
    func product(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
  }

  @Test("of a known user gives nearly the user's own vector", arguments: SoftmaxObjective.Normalisation.allCases)
  func known(normalisation: SoftmaxObjective.Normalisation) throws {
    let (model, histories) = try trained {
      $0.normalisation = normalisation
      $0.temperature = normalisation == .both ? 0.25 : 1
    }
    let folded = FoldIn(model).vectors(for: histories, threads: 2)
    let cosines = (0..<30).map { cosine(folded.row($0), model.queries.row($0 + 1)) }.sorted()
    #expect(cosines[3] > 0.8, "\(cosines)")
  }

  @Test("minimises the user's own loss, with and without negatives by frequency", arguments: [true, false])
  func stationary(byFrequency: Bool) throws {
    let (trained, histories) = try trained {
      $0.normalisation = .both
      $0.temperature = 0.35
      $0.negatives = byFrequency ? .inBatch : .all
    }
    // Counts that are far from even, as the training pairs are not.
    let counts = (0..<60).map { Int64($0 * $0 % 41) }
    let known = trained.vocabularies
    let model = Model(
      vocabularies: Vocabularies(
        query: known.query,
        candidate: Vocabulary(column: known.candidate.column, values: known.candidate.values, counts: counts)),
      queries: trained.queries, candidates: trained.candidates, recipe: trained.recipe)
    #expect(model.recipe.method.foldInNeedsCounts == byFrequency)
    func loss(_ vector: [Float], _ history: [CandidateNumber]) -> Double {
      let scores = (1...60).map { row in
        zip(vector, model.candidates.row(row)).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 0.35
      }
      let weights = byFrequency ? counts.map(Double.init) : [Double](repeating: 1, count: 60)
      let total = zip(scores, weights).reduce(0) { $0 + $1.1 * exponential($1.0) }
      return logarithm(total) - history.reduce(0) { $0 + scores[Int($1.value)] } / Double(history.count)
    }
    let folded = FoldIn(model).vectors(for: histories, threads: 1)
    var random = RandomGenerator(seed: 5, stream: "directions")
    for (place, history) in histories.enumerated() {
      let own = folded.row(place)
      let least = loss(own, history)
      for _ in 0..<10 {
        var other = own.map { $0 + 0.2 * (random.uniform() - 0.5) }
        let norm = other.reduce(0) { $0 + $1 * $1 }.squareRoot()
        other = other.map { $0 / norm }
        #expect(loss(other, history) > least - (byFrequency ? 1e-3 : 5e-3))
      }
    }
  }

  @Test("gives the same bits alone, in a batch and on any number of threads")
  func deterministic() throws {
    let (model, histories) = try trained { $0.normalisation = .both }
    let foldIn = FoldIn(model.addingBias(counts: (0..<61).map { Double($0) }, weight: 1))
    let all = foldIn.vectors(for: histories, threads: 1)
    #expect(foldIn.vectors(for: histories, threads: 3).values == all.values)
    #expect(foldIn.vectors(for: [histories[7]], threads: 1).row(0) == all.row(7))
    #expect(all.columns == 9 && all.row(7)[8] > 0)
  }
}
