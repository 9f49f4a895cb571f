import Foundation
import Interactions
import Kernels
import Tables
import Testing

@testable import TwoTower

func exponential(_ value: Double) -> Double { Foundation.exp(value) }
func logarithm(_ value: Double) -> Double { Foundation.log(value) }

/// The loss, and the gradients of the tables' rows.
private struct Step: Equatable {
  var loss = 0.0
  var queries: [Int32: [Float]] = [:]
  var candidates: [Int32: [Float]] = [:]

  init(
    _ model: Model, _ pairs: DrawnPairs, objective: SoftmaxObjective = SoftmaxObjective(), threads: Int = 2,
    negatives: [Int32] = [], probabilities: SamplingProbabilities? = nil, history: PositiveHistory? = nil
  ) {
    let catalog = objective.negatives == .all ? EmbeddingRow.known(of: model.candidates.rows) : nil
    let batch = Batch(
      queries: pairs.queries, candidates: pairs.candidates, weights: pairs.weights, negatives: negatives,
      catalog: catalog)
    let vectors = (
      ScaledVectors(
        EmbeddingTower(.query, model.queries).vectors(of: batch.queries.rows, threads: threads),
        isNormalised: objective.normalisation == .both, factor: 1 / objective.temperature),
      ScaledVectors(
        EmbeddingTower(.candidate, model.candidates).vectors(of: batch.candidates.rows, threads: threads),
        isNormalised: objective.normalisation != .none)
    )
    let softmax = SampledSoftmax(
      batch, queries: vectors.0.matrix, candidates: vectors.1.matrix,
      copies: catalog.map { $0.map { _ in 1 } },
      corrections: probabilities?.corrections(of: batch, uniform: negatives.count),
      masks: SampledSoftmax.Masks(
        accidentalHits: objective.removesAccidentalHits,
        positives: history.map { MaskedColumns(batch, history: $0) }),
      hardNegatives: objective.hardNegatives)
    let outcome = softmax.run(threads: threads)
    vectors.0.pullBack(outcome.queries, threads: threads)
    vectors.1.pullBack(outcome.candidates, threads: threads)
    loss = outcome.loss
    for (place, row) in batch.queries.rows.enumerated() { queries[row.index] = outcome.queries.row(place) }
    for (place, row) in batch.candidates.rows.enumerated() { candidates[row.index] = outcome.candidates.row(place) }
  }

  func expect(_ naive: NaiveObjective, _ note: String) {
    #expect(abs(loss - naive.loss) <= 1e-5 * max(abs(naive.loss), 1), "\(note)")
    for (ours, wanted) in [(queries, naive.queryGradients), (candidates, naive.candidateGradients)] {
      #expect(Set(ours.keys) == Set(wanted.keys), "\(note)")
      let greatest = wanted.values.joined().map(abs).max() ?? 0
      for (row, values) in wanted {
        for (value, want) in zip(ours[row] ?? [], values) {
          #expect(abs(Double(value) - want) <= 3e-5 * max(greatest, 1), "\(note), row \(row)")
        }
      }
    }
  }
}

@Suite("Sampled softmax")
struct SampledSoftmaxTests {
  private static let shapes = [
    (1, 3, 3, 4), (7, 5, 4, 3), (60, 12, 9, 8), (300, 49, 30, 16), (700, 97, 600, 5), (400, 20, 513, 17),
  ]

  @Test(
    "gives the loss and gradients of TFRS' formula, for any repeats, tiles and size of scores",
    arguments: shapes)
  func formula(count: Int, queries: Int, candidates: Int, dimension: Int) {
    for (seed, scale) in [(1, 0.05), (2, 1), (3, 4)] as [(UInt64, Float)] {
      var cases = Cases(seed)
      let model = cases.model(queries: queries, candidates: candidates, dimension: dimension, scale: scale)
      let pairs = cases.trainingPairs(count, queries: queries, candidates: candidates)
      Step(model, pairs).expect(NaiveObjective(model, pairs), "scale \(scale)")
    }
  }

  static let options: [(String, @Sendable (inout SoftmaxObjective) -> Void)] = [
    ("temperature", { $0.temperature = 0.3 }),
    (
      "unit vectors",
      {
        $0.normalisation = .both
        $0.temperature = 0.25
      }
    ),
    ("unit candidates", { $0.normalisation = .candidates }),
    ("accidental hits", { $0.removesAccidentalHits = true }),
    (
      "masked positives",
      {
        $0.masksPositives = true
        $0.normalisation = .both
        $0.temperature = 0.2
      }
    ),
    ("logQ", { $0.correctsSampling = true }),
    (
      "logQ, accidental hits",
      {
        $0.correctsSampling = true
        $0.removesAccidentalHits = true
      }
    ),
    (
      "logQ, uniform negatives",
      {
        $0.correctsSampling = true
        $0.uniformNegatives = 40
      }
    ),
    (
      "uniform negatives, masked",
      {
        $0.uniformNegatives = 25
        $0.masksPositives = true
      }
    ),
    (
      "full softmax",
      {
        $0.negatives = .all
        $0.normalisation = .both
        $0.temperature = 0.25
      }
    ),
    (
      "full softmax, masked",
      {
        $0.negatives = .all
        $0.masksPositives = true
      }
    ),
    ("hard negatives", { $0.hardNegatives = 5 }),
    (
      "hard negatives, logQ",
      {
        $0.hardNegatives = 11
        $0.correctsSampling = true
        $0.normalisation = .both
      }
    ),
    (
      "hard negatives, accidental hits",
      {
        $0.hardNegatives = 3
        $0.removesAccidentalHits = true
      }
    ),
    (
      "hard negatives, masked",
      {
        $0.hardNegatives = 9
        $0.masksPositives = true
        $0.temperature = 0.5
      }
    ),
    ("more hard negatives than there are", { $0.hardNegatives = 5000 }),
  ]

  private static let smallShapes = [(1, 3, 3, 4), (7, 5, 4, 3), (60, 12, 9, 8), (150, 49, 30, 16), (60, 20, 513, 17)]

  @Test("has the loss of every correction, with weights", arguments: options.map(\.0), smallShapes)
  func corrections(name: String, shape: (Int, Int, Int, Int)) throws {
    let (count, queries, candidates, dimension) = shape
    var objective = SoftmaxObjective()
    try #require(Self.options.first { $0.0 == name }).1(&objective)
    for seed in 1...2 as ClosedRange<UInt64> {
      var cases = Cases(seed)
      let model = cases.model(queries: queries, candidates: candidates, dimension: dimension)
      // Row 0 is no candidate of a full softmax.
      var pairs = cases.trainingPairs(count, queries: queries, candidates: candidates - 1)
      pairs.candidates = pairs.candidates.map { $0 + 1 }
      if seed == 2 { pairs.weights = (0..<count).map { _ in Float(cases.number(below: 5)) / 2 } }
      // History beyond the batch.
      let more = cases.trainingPairs(count, queries: queries, candidates: candidates)
      let known = DrawnPairs(queries: pairs.queries + more.queries, candidates: pairs.candidates + more.candidates)
      let history = Dictionary(grouping: zip(known.queries, known.candidates), by: \.0).mapValues { Set($0.map(\.1)) }
      let negatives = (0..<objective.uniformNegatives).map { _ in Int32(1 + cases.number(below: candidates - 1)) }
      let sampling =
        objective.correctsSampling ? SamplingProbabilities(known.training, candidateRows: candidates) : nil
      let naive = NaiveObjective(
        model, pairs, objective: objective, negatives: negatives,
        probabilities: sampling.map { _ in
          (0..<candidates).map { row in
            let share = Double(known.candidates.count { Int($0) == row }) / Double(known.count)
            guard !negatives.isEmpty else { return share }
            return (share * Double(count) + Double(negatives.count) / Double(candidates - 1))
              / Double(count + negatives.count)
          }
        }, history: history)
      Step(
        model, pairs, objective: objective, negatives: negatives, probabilities: sampling,
        history: objective.masksPositives
          ? try PositiveHistory(known.training, queryRows: queries) : nil
      ).expect(naive, "seed \(seed)")
    }
  }

  @Test("has the gradient that its loss has")
  func finiteDifferences() {
    var cases = Cases(4)
    let model = cases.model(queries: 6, candidates: 5, dimension: 3)
    let pairs = cases.trainingPairs(30, queries: 6, candidates: 5)
    var loss: Double {
      var tutorial = model
      var recipe = SoftmaxRecipe()
      recipe.loss = .inBatch
      tutorial.recipe = Recipe(recipe)
      return tutorial.heldOutLoss(queryRows: pairs.queries, candidateRows: pairs.candidates, threads: 1) ?? .nan
    }
    for (row, gradient) in Step(model, pairs).queries {
      for column in 0..<3 {
        let place = model.queries.pointer(row: Int(row)) + column
        let (value, step) = (place.pointee, Float(1e-2))
        place.pointee = value + step
        let above = loss
        place.pointee = value - step
        let below = loss
        place.pointee = value
        #expect(abs((above - below) / Double(2 * step) - Double(gradient[column])) < 2e-2)
      }
    }
  }

  @Test("gives the same bits on any number of threads", arguments: [nil, 7])
  func threads(hardNegatives: Int?) {
    var cases = Cases(5)
    let model = cases.model(queries: 200, candidates: 700, dimension: 24)
    let pairs = cases.trainingPairs(3000, queries: 200, candidates: 700)
    var objective = SoftmaxObjective()
    objective.removesAccidentalHits = true
    objective.hardNegatives = hardNegatives
    let alone = Step(model, pairs, objective: objective, threads: 1)
    for threads in [2, 3, 7] { #expect(Step(model, pairs, objective: objective, threads: threads) == alone) }
  }
}

@Suite("A sampling probability")
struct SamplingProbabilitiesTests {
  @Test("is never below TFRS' minimum, nor above 1")
  func clipped() {
    let batch = Batch(queries: [1, 1], candidates: [1, 2])
    let all = SamplingProbabilities(TrainingPairs(queries: [1, 1], candidates: [1, 1]), candidateRows: 3)
    #expect(all.corrections(of: batch, uniform: 0) == [0, Float(-logarithm(1e-6))])
  }
}
