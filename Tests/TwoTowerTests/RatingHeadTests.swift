import Artifacts
import CanonicalJSON
import Interactions
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A rating head")
struct RatingHeadTests {
  /// Users of even numbers give 5 and others 2; every fifth pair has no rating.
  private struct Planted {
    let model: Model
    let queries: [Int32]
    let candidates: [Int32]
    let ratings: [Float]

    init(queries: Int = 44, candidates: Int = 34, seed: UInt64 = 3) {
      var cases = Cases(seed)
      model = cases.model(queries: queries, candidates: candidates, dimension: 6, scale: 0.05)
      var rows: [(Int32, Int32, Float)] = []
      for pair in 0..<1500 {
        let (query, candidate) = (Int32(1 + cases.number(below: 40)), Int32(1 + cases.number(below: 30)))
        rows.append((query, candidate, pair % 5 == 4 ? .nan : query % 2 == 0 ? 5 : 2))
      }
      (self.queries, self.candidates, ratings) = (rows.map(\.0), rows.map(\.1), rows.map(\.2))
    }

    func head(_ hidden: [Int] = [16, 8]) -> RatingHead {
      .initial("stars", dimension: 6, hidden: hidden, seed: 9)
    }

    func trainer(
      _ weights: (rating: Float, retrieval: Float)? = (1, 1), hidden: [Int] = [16, 8], epochs: Int = 4,
      pairs: TrainingPairs? = nil, _ change: (inout Trainer.Settings) -> Void = { _ in }
    ) -> Trainer {
      var settings = Trainer.Settings()
      settings.length.epochs = epochs
      settings.batchSize = 128
      settings.seed = 9
      settings.rating = weights.map {
        RatingTask(head(hidden), ratings: ratings, weight: $0.rating, retrievalWeight: $0.retrieval)
      }
      change(&settings)
      let fresh = Model(
        vocabularies: model.vocabularies, queries: model.queries.copy(), candidates: model.candidates.copy())
      return Trainer(
        fresh, pairs: pairs ?? TrainingPairs(queries: queries, candidates: candidates), settings: settings)
    }

    func rmse(_ model: Model) throws -> Double {
      let rated = ratings.indices.filter { !ratings[$0].isNaN }
      let predicted = try #require(
        model.ratings(of: rated.map { (query: Int(queries[$0]), candidate: Int(candidates[$0])) }, threads: 2))
      let errors = zip(rated, predicted).map { Double($1 - ratings[$0]) }
      return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    }
  }

  private func bits(_ trainer: Trainer) -> [[UInt32]] {
    trainer.parameters.map { $0.table.matrix.values.map(\.bitPattern) }
  }

  @Test("learns ratings that a mean knows nothing of, and reports the losses of both tasks")
  func learns() throws {
    let planted = Planted()
    // A mean over a batch of 128 is small beside a sum over it.
    let trainer = planted.trainer((rating: 100, retrieval: 1), epochs: 30)
    let epochs = try trainer.train()
    let (first, last) = (try #require(epochs.first?.tasks), try #require(epochs.last?.tasks))
    #expect(try #require(first.rmse) > #require(last.rmse))
    let rmse = try planted.rmse(trainer.result)
    #expect(rmse < 0.75, "half of the ratings are 2 and half 5, 1.5 from their mean: \(rmse)")
    for epoch in epochs {
      let tasks = try #require(epoch.tasks)
      let total = try #require(tasks.retrieval) + 100 * #require(tasks.rating)
      #expect(abs(epoch.lossPerBatch - total) < 1e-9 * total)
    }
  }

  @Test(
    "has the gradients of finite differences in tables and layers, with unit lengths, temperature and weights",
    arguments: [SoftmaxObjective.Normalisation.none, .candidates, .both])
  func finiteDifferences(normalisation: SoftmaxObjective.Normalisation) throws {
    let planted = Planted()
    func trainer() -> Trainer {
      let trainer = planted.trainer((rating: 3, retrieval: 0.02), epochs: 1) {
        $0.objective.normalisation = normalisation
        $0.objective.temperature = 0.5
        $0.optimizer = .sgd
        $0.learningRate = 1
      }
      // Far enough from 0 that layers bend what they are given.
      for parameter in trainer.parameters where parameter.side != nil {
        for row in 0..<parameter.table.matrix.rows { parameter.table.matrix.scale(row: row, by: 15) }
      }
      return trainer
    }
    let before = trainer()
    let batch = try before.batch(0)
    let (moved, values) = (trainer(), before.parameters.map { $0.table.matrix.copy() })
    moved.step(batch.batch, rated: batch.rated)
    let step: Float = 5e-4
    var compared = 0
    for (number, parameter) in before.parameters.enumerated() {
      let matrix = parameter.table.matrix
      for place in stride(from: 0, to: matrix.rows * matrix.columns, by: max(matrix.rows * matrix.columns / 12, 1)) {
        let (row, column) = (place / matrix.columns, place % matrix.columns)
        func loss(_ by: Float) -> Double {
          let probe = trainer()
          probe.parameters[number].table.matrix[row, column] += by
          return probe.step(batch.batch, rated: batch.rated)
        }
        let (forward, middle, back) = (loss(step), loss(0), loss(-step))
        // ReLU is bent where a sum passes 0, and differences from both sides say where.
        let bend = abs(forward + back - 2 * middle)
        guard bend < 0.02 * abs(forward - back) + 2e-5 else { continue }
        let gradient = Double(values[number][row, column] - moved.parameters[number].table.matrix[row, column])
        let wanted = (forward - back) / Double(2 * step)
        let tolerance = 0.02 * max(abs(wanted), 0.1) + bend / Double(2 * step)
        #expect(abs(gradient - wanted) < tolerance, "\(parameter.name) \(row),\(column): \(gradient), \(wanted)")
        compared += 1
      }
    }
    #expect(compared > 30)
  }

  @Test("has the same bits on any number of threads, and with pairs in a scratch file")
  func deterministic() throws {
    let planted = Planted()
    let alone = planted.trainer { $0.threads = 1 }
    let epochs = try alone.train()
    for threads in [2, 5] {
      let shared = planted.trainer { $0.threads = threads }
      #expect(try shared.train() == epochs && bits(shared) == bits(alone))
    }
    let scratch = try Scratch()
    var collector = PairCollector(isWeighted: false, memory: 1000, folder: scratch.path)
    for (query, candidate) in zip(planted.queries.rows, planted.candidates.rows) {
      try collector.append(Pair(query: query, candidate: candidate))
    }
    let spilled = planted.trainer(pairs: collector.finish()) { $0.scratchFolder = scratch.path }
    #expect(try spilled.train() == epochs && bits(spilled) == bits(alone))
  }

  @Test("changes nothing of retrieval where ratings weigh 0, and learns nothing of it where retrieval weighs 0")
  func weightZero() throws {
    let planted = Planted()
    let (bare, silent) = (planted.trainer(nil), planted.trainer((rating: 0, retrieval: 1)))
    let (epochs, others) = (try bare.train(), try silent.train())
    #expect(epochs.map(\.lossPerBatch) == others.map(\.lossPerBatch))
    #expect(bits(bare) == Array(bits(silent).prefix(2)))
    #expect(others.allSatisfy { $0.tasks?.rating == nil && $0.tasks?.retrieval == $0.lossPerBatch })
    #expect(silent.result.rating?.layers.matrices.map(\.values) == planted.head().layers.matrices.map(\.values))
    let alone = planted.trainer((rating: 1, retrieval: 0))
    #expect(try alone.train().allSatisfy { $0.tasks?.retrieval == nil && $0.tasks?.rating == $0.lossPerBatch })
    #expect(bits(alone) != bits(silent))
  }

  @Test("goes on from where it was killed with the same bits, the optimizer's memory and the epoch's sums among them")
  func resumed() throws {
    let planted = Planted()
    let scratch = try Scratch()
    func trainer() -> Trainer { planted.trainer { $0.optimizer = .adam } }
    let whole = trainer()
    let epochs = try whole.train()
    let state = try trainer().stateWhenKilled(at: 17, scratch.file("state.tandem"))
    let later = trainer()
    try later.resume(from: state)
    #expect(try later.train() == epochs && bits(later) == bits(whole))
  }

  @Test("goes on as it is from an earlier training over fewer queries, and not from a head of other layers")
  func warmStart() throws {
    let scratch = try Scratch()
    let planted = Planted()
    let earlier = planted.trainer()
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let state = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    let grown = Planted(queries: 50, candidates: 36)
    let later = grown.trainer()
    #expect(try later.warmStart(from: state).queries.kept == 43)
    #expect(later.head?.head.layers.matrices.map(\.values) == earlier.head?.head.layers.matrices.map(\.values))
    for other in [grown.trainer(hidden: [16]), grown.trainer(nil)] {
      #expect {
        _ = try other.warmStart(from: state)
      } throws: {
        "\($0)".contains("has a rating head of query, candidate")
      }
    }
    let bare = planted.trainer(nil)
    _ = try bare.train()
    try bare.publish(to: scratch.file("bare.tandem"), lineage: .none)
    let added = planted.trainer()
    _ = try added.warmStart(from: ArtifactFile(path: scratch.file("bare.tandem"), type: TrainingState.type))
    #expect(added.head?.head.layers.matrices.map(\.values) == planted.head().layers.matrices.map(\.values))
  }

  @Test("is the same in its artifact, and beside a bias for popularity")
  func published() throws {
    let planted = Planted()
    let trainer = planted.trainer()
    _ = try trainer.train()
    let scratch = try Scratch()
    let model = trainer.result.addingBias(counts: [Double](repeating: 1, count: 34), weight: 1)
    try model.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let read = try Model(ArtifactFile(path: scratch.file("model.tandem"), type: Model.type))
    #expect(read.rating?.column == "stars" && read.dimension == 7)
    let pairs = (1..<30).map { (query: $0, candidate: $0) }
    #expect(read.ratings(of: pairs, threads: 1) == trainer.result.ratings(of: pairs, threads: 3))
    #expect(planted.model.ratings(of: pairs, threads: 1) == nil)
  }
}
