import Artifacts
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Linear autoencoder")
struct LinearAutoencoderTests {
  /// Rows of 0 are unknown; query 29 and candidate 39 have no pair.
  private func pairs(weighted: Bool) -> DrawnPairs {
    var cases = Cases(27)
    var pairs = cases.trainingPairs(300, queries: 29, candidates: 39)
    if weighted { pairs.weights = (0..<300).map { _ in Float(cases.number(below: 5)) / 2 } }
    return pairs
  }

  private func training(
    weighted: Bool = false, dropout: Double = 0.5, dimension: Int = 5, epochs: Int = 3, threads: Int = 1,
    queries: Int = 30, segmentLength: Int = 0, patience: Int? = nil
  ) throws -> LinearAutoencoder {
    var cases = Cases(28)
    var settings = LinearAutoencoder.Settings()
    settings.length.epochs = epochs
    settings.batchSize = 7
    settings.inputDropout = dropout
    settings.segmentLength = segmentLength
    settings.threads = threads
    settings.length.patience = patience
    let model = cases.model(queries: queries, candidates: 40, dimension: dimension, scale: 0.3)
    return try LinearAutoencoder(
      model, pairs: pairs(weighted: weighted).training, times: (0..<300).map { Double($0 * 7 % 300) },
      settings: settings)
  }

  private func dense(_ matrix: SparseMatrix) -> [[Double]] {
    (0..<matrix.rowCount).map { row in
      var values = [Double](repeating: 0, count: matrix.columnCount)
      matrix.forEach(in: row) { values[$0] = Double($1) }
      return values
    }
  }

  @Test(
    "has the loss of the formula, and its gradients, through the unit length", arguments: [false, true],
    [0, 0.5] as [Double])
  func gradients(weighted: Bool, dropout: Double) throws {
    for dimension in [3, 17] {
      let training = try training(weighted: weighted, dropout: dropout, dimension: dimension)
      let batch = training.batch(1, epoch: 0)
      let table = training.table(.candidate)
      let rows = (1..<40).map { EmbeddingRow(index: $0) }
      let vectors = ScaledVectors(EmbeddingTower(.candidate, table).vectors(of: rows, threads: 1), isNormalised: true)
      let outcome = AutoencoderLoss(target: batch.target, input: batch.input, candidates: vectors.matrix)
        .run(threads: 2)
      vectors.pullBack(outcome.gradients, threads: 1)
      let naive = NaiveAutoencoder(target: dense(batch.target), input: dense(batch.input))
      let parameters = rows.map { table.row(Int($0.index)).map(Double.init) }
      let wanted = naive.gradient(parameters)
      // A query that is shown nothing has y = 0, where the formula has loss 1 and no gradient.
      #expect(abs(outcome.loss - naive.loss(parameters)) < 1e-4)
      let greatest = wanted.joined().map(abs).max() ?? 0
      for (row, wanted) in wanted.enumerated() {
        for (value, wanted) in zip(outcome.gradients.row(row), wanted) {
          #expect(abs(Double(value) - wanted) < 1e-4 * greatest)
        }
      }
    }
  }

  @Test("has the same bits for any height of its bands")
  func bands() throws {
    var cases = Cases(29)
    let pairs = cases.trainingPairs(4000, queries: 301, candidates: 260)
    let chosen = SparseMatrix(
      rowCount: 301, columnCount: 260, rows: pairs.queries + (0..<301),
      columns: pairs.candidates + (0..<301).map { $0 % 260 })
    let model = cases.model(queries: 2, candidates: 260, dimension: 21)
    let loss = AutoencoderLoss(target: chosen, input: chosen, candidates: model.candidates)
    let whole = loss.run(threads: 1)
    for (threads, floats) in [(1, 1), (3, 1), (2, 48 * 400)] {
      let other = loss.run(threads: threads, bandFloats: floats)
      #expect(other.loss == whole.loss && other.gradients.values == whole.gradients.values)
    }
  }

  @Test("has each query once in an epoch, with a new random part of its input in each")
  func batches() throws {
    let training = try training()
    func epoch(_ number: Int) -> [(target: SparseMatrix, input: SparseMatrix)] {
      (0..<training.stepsPerEpoch).map { training.batch($0, epoch: number) }
    }
    let first = epoch(0)
    #expect(first.reduce(0) { $0 + $1.target.count } == training.pairCount)
    let shown = first.reduce(0) { $0 + $1.input.count }
    #expect(shown > training.pairCount / 4 && shown < training.pairCount * 3 / 4)
    for batch in first {
      for row in 0..<batch.target.rowCount {
        #expect(Set(batch.input.row(row)).isSubset(of: Set(batch.target.row(row))))
      }
    }
    #expect(first.map(\.target.columns) != epoch(1).map(\.target.columns))
    #expect(first.map(\.input.columns) == epoch(0).map(\.input.columns))
  }

  @Test(
    "lowers its loss, and gives unit candidates and queries that are their sums", arguments: [false, true])
  func result(weighted: Bool) throws {
    let training = try training(weighted: weighted, dropout: 0, dimension: 8, epochs: 30)
    let epochs = try training.train()
    #expect(epochs[29].lossPerBatch < 0.8 * epochs[0].lossPerBatch)
    let model = training.result
    for row in 1..<40 {
      let vector = model.candidates.pointer(row: row)
      #expect(abs(dot(vector, vector, count: model.candidates.stride) - 1) < 1e-5)
    }
    let all = pairs(weighted: weighted)
    var weights: [[Int32]: Float] = [:]
    for place in 0..<all.count {
      let pair = [all.queries[place], all.candidates[place]]
      weights[pair] = max(weights[pair] ?? 0, all.weights?[place] ?? 1)
    }
    for query in 1..<29 {
      var bag = [Float](repeating: 0, count: 8)
      for (pair, weight) in weights where pair[0] == Int32(query) && pair[1] > 0 {
        bag = zip(bag, model.candidates.row(Int(pair[1]))).map { $0 + weight * $1 }
      }
      guard bag != [Float](repeating: 0, count: 8) else { continue }
      #expect(zip(bag, model.queries.row(query)).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test("leaves queries without pairs, and the unknown row, at their initial vectors")
  func untouched() throws {
    let training = try training()
    var cases = Cases(28)
    let before = cases.model(queries: 30, candidates: 40, dimension: 5, scale: 0.3)
    _ = try training.train()
    for row in [0, 29] { #expect(training.current.queries.row(row) == before.queries.row(row)) }
    #expect(training.current.queries.row(1) != before.queries.row(1))
  }

  @Test("gives the same bits on any number of threads", arguments: [0, 3])
  func deterministic(segmentLength: Int) throws {
    let alone = try training(weighted: true, dimension: 17, threads: 1, segmentLength: segmentLength)
    let epochs = try alone.train()
    for threads in [2, 4] {
      let shared = try training(weighted: true, dimension: 17, threads: threads, segmentLength: segmentLength)
      #expect(try shared.train() == epochs)
      #expect(shared.result.queries.values == alone.result.queries.values)
      #expect(shared.result.candidates.values == alone.result.candidates.values)
    }
  }

  @Test("resumes from a checkpoint after any batch to the same bits", arguments: [0, 3])
  func resume(segmentLength: Int) throws {
    let scratch = try Scratch()
    var listener = TrainingListener()
    // The second epoch is the best.
    listener.validation = { model in model.recipe.epochs == 2 ? 1 : Double(model.queries.row(1)[0]) / 100 }
    let undisturbed = try training(segmentLength: segmentLength)
    let epochs = try undisturbed.train(listener)
    for stop in 1..<3 * undisturbed.stepsPerEpoch {
      let state = try training(segmentLength: segmentLength).stateWhenKilled(
        at: stop, scratch.file("\(stop).tandem"), listener)
      let second = try training(segmentLength: segmentLength)
      try second.resume(from: state)
      #expect(try second.train(listener) == epochs)
      #expect(second.result.queries.values == undisturbed.result.queries.values)
      #expect(second.result.candidates.values == undisturbed.result.candidates.values)
    }
  }

  @Test("stops when validation does not improve, and keeps the best epoch of both towers")
  func stopping() throws {
    let training = try training(epochs: 9, patience: 2)
    let values = [0.1, 0.4, 0.3, 0.4, 0.9]
    var seen: [Model] = []
    var listener = TrainingListener()
    listener.validation = { model in
      let model = Model(
        vocabularies: model.vocabularies, queries: model.queries.copy(), candidates: model.candidates.copy())
      seen.append(model)
      return values[seen.count - 1]
    }
    #expect(try training.train(listener).map(\.validation) == [0.1, 0.4, 0.3, 0.4])
    #expect(training.result.candidates.values == seen[1].candidates.values)
    #expect(training.result.queries.values == seen[1].queries.values)
  }

  @Test("starts warm over a larger vocabulary, with Adam's state")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = try training(epochs: 2)
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = try training(epochs: 1, queries: 34)
    let state = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    #expect(try later.warmStart(from: state) == WarmStart(queries: (29, 33), candidates: (39, 39)))
    #expect(later.progress.earlierSteps == 2 * earlier.stepsPerEpoch)
    #expect(later.table(.candidate).values == earlier.table(.candidate).values)
    #expect(later.current.queries.row(5) == earlier.current.queries.row(5))
    #expect(later.towers[1].memory[0].map(\.values) == earlier.towers[1].memory[0].map(\.values))
    let first = try later.advance()
    #expect(first < 0.9 * (try training(epochs: 1, queries: 34).advance()), "it goes on where the earlier one ended")
  }

  @Test("starts from another method's state, whose candidates without pairs are zero")
  func otherMethod() throws {
    let scratch = try Scratch()
    var cases = Cases(28)
    let model = cases.model(queries: 30, candidates: 40, dimension: 5, scale: 0.3)
    let squares = try ImplicitALS(model, pairs: pairs(weighted: false).training, settings: ImplicitALS.Settings())
    _ = try squares.train()
    try squares.publish(to: scratch.file("state.tandem"), lineage: .none)
    let training = try training(epochs: 1)
    _ = try training.warmStart(
      from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    #expect(training.table(.candidate).row(39) == [0, 0, 0, 0, 0] && training.progress.earlierSteps == 0)
    _ = try training.train()
    let vector = training.result.candidates.pointer(row: 39)
    #expect(abs(dot(vector, vector, count: 16) - 1) < 1e-5)
  }

  @Test("folds in a known query's history to that query's vector, bit for bit")
  func foldIn() throws {
    let training = try training(dimension: 17, epochs: 2)
    _ = try training.train()
    let folding = FoldIn(training.result)
    let all = pairs(weighted: false)
    for query in 1..<29 {
      let own = zip(all.queries, all.candidates).filter { $0.0 == Int32(query) && $0.1 > 0 }.map(\.1)
      let history = Set(own.map { CandidateNumber($0 - 1) }).sorted()
      guard !history.isEmpty else { continue }
      let vectors = folding.vectors(for: [history.reversed()], threads: 1)
      #expect(vectors.row(0) == training.current.queries.row(query))
      let parts = folding.contributions(of: history, to: training.result.candidates.row(4))
      let score = dot(vectors.pointer(row: 0), training.result.candidates.pointer(row: 4), count: vectors.stride)
      #expect(abs(parts.reduce(0) { $0 + $1.value } - score) < 1e-5)
    }
  }

  @Test("has a recipe that is read back by name")
  func recipe() throws {
    var recipe = Recipe(LinearAutoencoderRecipe())
    recipe.epochs = 4
    #expect(try Recipe(recipe.json) == recipe && recipe.methodName == "linear-autoencoder")
  }
}
