import Artifacts
import Interactions
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("The outcome of a training")
struct OutcomeTests {
  private func vocabularies(_ queries: [String], _ candidates: [String]) -> Vocabularies {
    Vocabularies(
      query: Vocabulary(column: "user", values: Strings(queries), counts: queries.map { _ in 1 }),
      candidate: Vocabulary(column: "film", values: Strings(candidates), counts: candidates.indices.map { Int64($0) }))
  }

  private func model(_ queries: [[Float]], _ candidates: [[Float]]) -> Model {
    func table(_ rows: [[Float]]) -> Matrix {
      Matrix(rows: rows.count + 1, columns: 2, values: [9, 9] + rows.flatMap { $0 })
    }
    return Model(
      vocabularies: vocabularies(queries.indices.map { "u\($0)" }, candidates.indices.map { "f\($0)" }),
      queries: table(queries), candidates: table(candidates))
  }

  @Test("a model has the rows with a pair of positive weight, and reports the number of others")
  func trainedRows() throws {
    let pairs = TrainingPairs(queries: [1, 3, 3], candidates: [2, 2, 1], weights: [1, 0.5, 0])
    let rows = try TrainedRows(pairs, queryRows: 4, candidateRows: 4)
    let all = model([[1, 2], [3, 4], [5, 6]], [[0, 1], [1, 0], [1, 1]])
    let kept = all.keeping(rows)
    #expect(kept.vocabularies.query.values.array == ["u0", "u2"])
    #expect(kept.vocabularies.candidate.values.array == ["f1"] && kept.vocabularies.candidate.counts == [1])
    #expect(kept.queries.row(0) == [9, 9], "the row for what is out of vocabulary stays")
    #expect(kept.queries.row(2) == [5, 6] && kept.candidates.row(1) == [1, 0])
    #expect(
      all.vocabularies.left(out: rows)
        == "without training pairs, and so not in the model: 1 of 3 user, such as \"u1\"; 2 of 3 film, such as \"f0\"")
    let whole = try TrainedRows(
      TrainingPairs(queries: [1, 2, 3], candidates: [1, 2, 3]), queryRows: 4, candidateRows: 4)
    #expect(all.vocabularies.left(out: whole) == nil)
  }

  @Test("zero and non-finite towers are refused by name")
  func nothing() throws {
    let good: [[Float]] = [[1, 2], [2, 1]]
    #expect(throws: LearntNothing.zero(tower: "candidate")) {
      try LearningCheck(model(good, [[0, 0], [0, 0]])).refuseNothing()
    }
    #expect(throws: LearntNothing.zero(tower: "query")) {
      // The squares are lost in rounding, and so are the scores.
      try LearningCheck(model([[1e-30, 0], [0, 0]], good)).refuseNothing()
    }
    #expect(throws: LearntNothing.notFinite(tower: "query", value: "u1")) {
      try LearningCheck(model([[1, 0], [.infinity, 0]], good)).refuseNothing()
    }
    try LearningCheck(model(good, good)).refuseNothing()
    #expect(LearningCheck(model(good, good)).warnings == [])
  }

  @Test("identical candidate vectors and identical lists give a warning")
  func warnings() throws {
    let same = [[Float]](repeating: [1, 1], count: 5)
    let alike = LearningCheck(model([[1, 2], [2, 1]], same)).warnings
    #expect(alike.first == "warning: 5 candidates have one vector, and their names decide which are recommended")
    let two = (0..<40).map { [Float($0 % 2), 1] }
    #expect(
      LearningCheck(model([[1, 2], [-2, 1]], two)).warnings.contains {
        $0.contains("40 candidates have two different vectors")
      })
    let many = (0..<40).map { [Float($0), 1] }
    let one = LearningCheck(model([[1, 0], [2, 0], [3, 1]], many)).warnings
    #expect(one.count == 1 && one[0].hasPrefix("warning: 3 queries that were asked all get one list"))
    #expect(LearningCheck(model([[1, 0], [-1, 0]], many)).warnings == [])
  }

  @Test("a training that is stopped early equals the beginning of a longer one")
  func lastEpoch() throws {
    func train(epochs: Int, lastEpoch: Int?) throws -> [Float] {
      var cases = Cases(3)
      let model = cases.model(queries: 20, candidates: 30, dimension: 4, scale: 0.05)
      let pairs = cases.trainingPairs(200, queries: 20, candidates: 30)
      var settings = Trainer.Settings()
      settings.length.epochs = epochs
      settings.length.lastEpoch = lastEpoch
      settings.batchSize = 64
      settings.schedule = .cosine
      let trainer = Trainer(model, queries: pairs.queries, candidates: pairs.candidates, settings: settings)
      var second: [Float] = []
      var listener = TrainingListener()
      listener.epoch = { number, _ in if number == 2 { second = trainer.current.queries.values } }
      _ = try trainer.train(listener)
      #expect(trainer.result.recipe.epochs == (lastEpoch ?? epochs))
      return lastEpoch == nil ? second : trainer.result.queries.values
    }
    let (early, late) = (try train(epochs: 5, lastEpoch: 2), try train(epochs: 5, lastEpoch: nil))
    #expect(early == late)
    #expect(
      try train(epochs: 2, lastEpoch: nil) != early, "the schedule is of all epochs")
  }

  @Test(
    "a warm start continues Adam's step count, and so its step sizes", arguments: [1, 20, 200])
  func adamSteps(steps: Int) throws {
    let scratch = try Scratch()
    func trainer() -> Trainer {
      var cases = Cases(5)
      let model = cases.model(queries: 12, candidates: 9, dimension: 4, scale: 0.05)
      let pairs = cases.trainingPairs(64, queries: 12, candidates: 9)
      var settings = Trainer.Settings()
      settings.optimizer = .adam
      settings.learningRate = 0.01
      settings.length.epochs = steps
      settings.batchSize = 64
      return Trainer(model, queries: pairs.queries, candidates: pairs.candidates, settings: settings)
    }
    let earlier = trainer()
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = trainer()
    _ = try later.warmStart(from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    #expect(later.progress.earlierSteps == steps)
    var cases = Cases(6)
    let pairs = cases.trainingPairs(64, queries: 12, candidates: 9)
    let batch = Batch(queries: pairs.queries, candidates: pairs.candidates)
    earlier.step(batch)
    later.step(batch)
    #expect(later.table(.query).values == earlier.table(.query).values)
    // A third training knows of both.
    try later.publish(to: scratch.file("again.tandem"), lineage: .none)
    let third = trainer()
    _ = try third.warmStart(from: ArtifactFile(path: scratch.file("again.tandem"), type: TrainingState.type))
    #expect(third.progress.earlierSteps == steps + 1)
  }

  @Test("rows of an earlier training stay trained through a warm start")
  func warmRows() throws {
    let scratch = try Scratch()
    func trainer(_ queries: [Int32], _ candidates: [Int32]) throws -> Trainer {
      var cases = Cases(5)
      let model = cases.model(queries: 5, candidates: 5, dimension: 4, scale: 0.05)
      let trainer = Trainer(model, queries: queries, candidates: candidates, settings: Trainer.Settings())
      trainer.trained = try TrainedRows(
        TrainingPairs(queries: queries, candidates: candidates), queryRows: 5, candidateRows: 5)
      return trainer
    }
    let earlier = try trainer([1, 2], [1, 2])
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = try trainer([3], [3])
    _ = try later.warmStart(from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    #expect(later.trained?.queries == [true, true, true, true, false])
    #expect(later.result.queries.rows == 4)
  }

  @Test("the test loss is that of the trained method, and absent unless that is a plain softmax")
  func heldOutLoss() throws {
    var cases = Cases(9)
    var model = cases.model(queries: 6, candidates: 5, dimension: 3)
    var pairs = cases.trainingPairs(40, queries: 6, candidates: 5)
    pairs.candidates = pairs.candidates.map { max($0, 1) }
    func score(_ query: Int32, _ candidate: Int) -> Double {
      zip(model.queries.row(Int(query)), model.candidates.row(candidate)).reduce(0) { $0 + Double($1.0 * $1.1) } / 0.5
    }
    func expected(_ negatives: [Int]) -> Double {
      zip(pairs.queries, pairs.candidates).reduce(0) { sum, pair in
        let z = negatives.reduce(0.0) { $0 + exponential(score(pair.0, $1)) }
        return sum + naturalLogarithm(z) - score(pair.0, Int(pair.1))
      }
    }
    func loss() -> Double? {
      model.heldOutLoss(queryRows: pairs.queries, candidateRows: pairs.candidates, threads: 2)
    }
    var recipe = SoftmaxRecipe()
    recipe.temperature = 0.5
    model.recipe = Recipe(recipe)
    #expect(loss() == nil)
    recipe.loss = .all
    model.recipe = Recipe(recipe)
    #expect(abs(try #require(loss()) - expected(Array(1..<5))) < 1e-3)
    recipe.loss = .inBatch
    model.recipe = Recipe(recipe)
    #expect(abs(try #require(loss()) - expected(pairs.candidates.map { Int($0) })) < 1e-3)
    var objective = SoftmaxObjective()
    #expect(SoftmaxRecipe(objective, Regularization()).loss == .inBatch)
    objective.correctsSampling = true
    #expect(SoftmaxRecipe(objective, Regularization()).loss == nil)
  }

  private func exponential(_ value: Double) -> Double {
    var values = [Float(value)]
    exponentials(of: &values)
    return Double(values[0])
  }
}
