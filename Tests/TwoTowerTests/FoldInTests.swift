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

  @Test(
    "explains a score by the steps that each choice made in the gradient",
    arguments: SoftmaxObjective.Normalisation.allCases)
  func contributions(normalisation: SoftmaxObjective.Normalisation) throws {
    let (model, histories) = try trained { $0.normalisation = normalisation }
    let foldIn = FoldIn(model)
    let all = foldIn.vectors(for: histories, threads: 1)
    for (row, history) in histories.enumerated() {
      let candidate = model.candidates.row(1 + row)
      let terms = foldIn.contributions(of: history.reversed() + history, to: candidate)
      #expect(terms.map(\.candidate) == history)
      let score = zip(all.row(row), candidate).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(terms.reduce(0) { $0 + $1.value } - score) < 1e-5 * max(1, abs(score)))
      let steps = Self.steps(of: history, in: model)
      for (term, step) in zip(terms, steps) {
        let expected = zip(step, candidate).reduce(0) { $0 + $1.0 * Double($1.1) }
        #expect(abs(Double(term.value) - expected) < 1e-3 * max(1, abs(expected)), "\(term) \(expected)")
      }
    }
  }

  /// The part that every choice of a history adds to its vector, step by step in doubles: the gradient of its own log-likelihood.
  private static func steps(of history: [CandidateNumber], in model: Model) -> [[Double]] {
    guard let recipe = model.recipe.method as? SoftmaxRecipe else { return [] }
    let table = (1..<model.candidates.rows).map { model.candidates.row($0).map(Double.init) }
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    func sum(_ vectors: [[Double]]) -> [Double] { vectors.dropFirst().reduce(vectors[0]) { zip($0, $1).map(+) } }
    let isUnit = recipe.normalisation == .both
    var shares = history.map { choice in table[Int(choice.value)].map { $0 / Double(history.count) } }
    func normalise() {
      let length = product(sum(shares), sum(shares)).squareRoot()
      shares = shares.map { $0.map { $0 / length } }
    }
    if isUnit { normalise() }
    let temperature = Double(recipe.temperature)
    let size = table.reduce(0) { $0 + product($1, $1) } / Double(table.count)
    let penalty = isUnit ? 0 : Double(recipe.penalty)
    let rate = isUnit ? 0.2 : 1 / (penalty + size / (temperature * temperature))
    for _ in 0..<(isUnit ? SoftmaxFoldIn.unitSteps : SoftmaxFoldIn.freeSteps) {
      let vector = sum(shares)
      let weights = table.map { exponential(product(vector, $0) / temperature) }
      let total = weights.reduce(0, +)
      let expected = sum(zip(table, weights).map { row, weight in row.map { $0 * weight / total } })
      shares = zip(history, shares).map { choice, share in
        zip(share, zip(table[Int(choice.value)], expected)).map { value, pair in
          value * (1 - rate * penalty) + rate / temperature / Double(history.count) * (pair.0 - pair.1)
        }
      }
      if isUnit { normalise() }
    }
    return shares
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
