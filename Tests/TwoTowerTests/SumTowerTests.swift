import Artifacts
import Features
import Interactions
import Kernels
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A tower that sums ids and features")
struct SumTowerTests {
  @Test("gives an id's row and the weighted rows of its values; the unknown has its id's alone")
  func vectors() throws {
    let tower = try Shop(4).tower()
    let (ids, table) = (tower.parameters[0].matrix, tower.parameters[1].matrix)
    let vectors = tower.allVectors(threads: 2)
    // Columns are kind 0, kind 1, x, y, z, price; b is of kind 1, with x and y, and of the mean price.
    let half = 1 / Float(2).squareRoot()
    for column in 0..<5 {
      let want = ids[2, column] + table[1, column] + half * (table[2, column] + table[3, column])
      #expect(abs(vectors[2, column] - want) < 1e-6)
      #expect(vectors[0, column] == ids[0, column])
      #expect(vectors[4, column] == ids[4, column], "no features")
    }
    let alone = try Shop(4).tower(ids: false)
    #expect(alone.parameters.map(\.name) == ["features"] && alone.rowCount == 5)
    #expect(alone.allVectors(threads: 1).row(4) == [0, 0, 0, 0, 0])
  }

  @Test("has the gradients of finite differences in every table, each row once", arguments: [true, false], 1...8)
  func finiteDifferences(ids: Bool, seed: UInt64) throws {
    var cases = Cases(seed)
    let shop = try Shop(3 + cases.number(below: 9), kinds: 1 + cases.number(below: 4))
    let tower = shop.tower(ids: ids, seed: seed)
    let rows = (0..<tower.rowCount).filter { _ in cases.number(below: 3) > 0 }.map { EmbeddingRow(index: $0) }
    let upstream = Matrix.initialEmbeddings(rows.count, 5, seed: seed, stream: "upstream", from: .normal)
    // The function whose gradient is `upstream`: Σ upstream · vectors.
    func value() -> Double {
      let vectors = tower.vectors(of: rows, threads: 1)
      return (0..<rows.count).reduce(0) { sum, row in
        zip(vectors.row(row), upstream.row(row)).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let occurrences = rows.map { Float(1 + $0.index) }
    let all = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 1)
    #expect(all.count == tower.parameters.count)
    for (gradients, parameter) in zip(all, tower.parameters) {
      let table = parameter.matrix
      #expect(Set(gradients.rows).count == gradients.rows.count)
      for row in 0..<table.rows {
        let place = gradients.rows.firstIndex(of: EmbeddingRow(index: row))
        for column in 0..<table.columns {
          let (before, step) = (table[row, column], Float(1e-2))
          table[row, column] = before + step
          let above = value()
          table[row, column] = before - step
          let below = value()
          table[row, column] = before
          let want = place.map { Double(gradients.matrix[$0, column]) } ?? 0
          #expect(abs((above - below) / Double(2 * step) - want) < 1e-4)
        }
      }
    }
    let shared = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 3)
    for (one, other) in zip(all, shared) {
      #expect(one.matrix.values == other.matrix.values, "one order of every sum")
      #expect(one.rows == other.rows && one.occurrences == other.occurrences)
    }
  }

  @Test("counts a value as often as the batch has candidates with it")
  func occurrences() throws {
    let tower = try Shop(5, kinds: 2).tower()
    let rows = [1, 2, 3].map { EmbeddingRow(index: $0) }
    let gradients = tower.pullBack(Matrix(rows: 3, columns: 5), of: rows, occurrences: [10, 1, 100], threads: 1)
    #expect(gradients[0].occurrences == [10, 1, 100])
    // Kind 0 of the first and third, kind 1 of the second; x of all, y of two, z of the first; the price of all.
    #expect(gradients[1].occurrences == [110, 1, 111, 11, 10, 111])
  }

  /// Twelve candidates of two kinds; every query chooses from one kind. Candidate k is never chosen.
  private func trainer(
    _ shop: Shop, ids: Bool = true, threads: Int = 1, _ change: (inout Trainer.Settings) -> Void = { _ in }
  ) throws -> Trainer {
    var cases = Cases(9)
    let queries = (0..<900).map { _ in Int32(1 + cases.number(below: 30)) }
    let candidates = queries.map { Int32(1 + 2 * cases.number(below: 5)) + $0 % 2 }
    let model = cases.model(queries: 31, candidates: shop.names.count + 1, dimension: 5, scale: 0.05)
    var settings = Trainer.Settings()
    settings.length.epochs = 6
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.objective.temperature = 0.3
    settings.regularization = Regularization(strength: 0.001, byFrequency: true)
    settings.weightDecay = 0.01
    settings.threads = threads
    let pairs = TrainingPairs(queries: queries, candidates: candidates)
    settings.competing = try TrainedRows(pairs, queryRows: 31, candidateRows: shop.names.count + 1).knownCandidates
    change(&settings)
    return Trainer(
      Vocabularies(
        query: model.vocabularies.query,
        candidate: Vocabulary(column: "title", values: shop.names, counts: shop.names.array.map { _ in 1 })),
      queryTower: EmbeddingTower(.query, model.queries), candidateTower: shop.tower(ids: ids), pairs: pairs,
      settings: settings)
  }

  @Test(
    "is trained like any other, and a candidate that nobody chose is near its kind by its features",
    arguments: [SoftmaxObjective.Negatives.all, .inBatch], [SoftmaxObjective.Normalisation.both, .none])
  func training(negatives: SoftmaxObjective.Negatives, normalisation: SoftmaxObjective.Normalisation) throws {
    let shop = try Shop(12)
    func trained(threads: Int) throws -> Model {
      let trainer = try trainer(shop, threads: threads) {
        $0.objective.negatives = negatives
        $0.objective.normalisation = normalisation
      }
      let epochs = try trainer.train()
      #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0.lossPerPair > $1.lossPerPair })
      return trainer.current
    }
    let (model, shared) = (try trained(threads: 1), try trained(threads: 3))
    #expect(shared.candidates.values == model.candidates.values && shared.queries.values == model.queries.values)
    let features = try #require(model.features[.candidate])
    #expect(features.isNormalised == (normalisation == .both))
    let byFeatures = features.vectors(of: shop.encoded.matrix, threads: 2)
    // Candidate k is number 10, of kind 0, as those of even numbers, which queries of even numbers chose.
    for query in 1...30 {
      let score = byFeatures.dot(row: 10, with: model.queries, row: query)
      let others = byFeatures.dot(row: 9, with: model.queries, row: query)
      #expect(query % 2 == 0 ? score > others : score < others)
    }
  }

  @Test("a candidate without pairs pulls at nothing that others share", arguments: [0, 20])
  func competing(uniformNegatives: Int) throws {
    let shop = try Shop(12)
    func features(_ competing: (inout Trainer.Settings) -> Void) throws -> [Float] {
      let trainer = try trainer(shop) {
        if uniformNegatives == 0 { $0.objective.negatives = .all }
        $0.objective.uniformNegatives = uniformNegatives
        competing(&$0)
      }
      _ = try trainer.train()
      return [9, 10].flatMap { trainer.table(.candidate).row($0 + 1) }
    }
    let start = try #require(shop.tower().parameters.first).matrix
    let kept = try features { _ in }
    #expect(Array(kept[5...]) == start.row(11), "never a negative")
    #expect(Array(try features { $0.competing = nil }[5...]) != start.row(11))
  }

  @Test("has its tables in the state by name, and a resumed training gives the same bits", arguments: [true, false])
  func state(ids: Bool) throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    let undisturbed = try trainer(shop, ids: ids)
    _ = try undisturbed.train()
    let file = try trainer(shop, ids: ids).stateWhenKilled(at: 15, scratch.file("state.tandem"))
    #expect((file.section("candidate_table") != nil) == ids)
    #expect(file.section("candidate_features") != nil && file.section("candidate_features_memory_0") != nil)
    #expect(try DeclaredFeatures(file).candidate == shop.encoded.features)
    let later = try trainer(shop, ids: ids)
    try later.resume(from: file)
    _ = try later.train()
    #expect(later.result.queries.values == undisturbed.result.queries.values)
    #expect(later.result.candidates.values == undisturbed.result.candidates.values)
  }

  @Test("starts warm over grown vocabularies: values of features keep their rows, new ones are as they were drawn")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = try trainer(Shop(12))
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let file = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    // A third kind comes between the others and the tags.
    let grown = try Shop(14, kinds: 3)
    let later = try trainer(grown)
    let drawn = grown.tower().parameters[1].matrix
    let warm = try later.warmStart(from: file)
    #expect(warm.candidates == (12, 14) && warm.features?.kept == 6 && warm.features?.all == 7)
    let (old, new) = (earlier.towers[1], later.towers[1])
    for (row, source) in [0, 1, nil, 2, 3, 4, 5].enumerated() {
      let table = new.tower.parameters[1].matrix
      #expect(table.row(row) == source.map { old.tower.parameters[1].matrix.row($0) } ?? drawn.row(row))
      let memory = source.map { old.memory[1][0].row($0) } ?? [Float](repeating: 0.1, count: 5)
      #expect(new.memory[1][0].row(row) == memory)
    }
  }

  @Test("goes on from a training of ids alone, and of features alone")
  func otherTowers() throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    let alone = try trainer(shop, ids: false)
    _ = try alone.train()
    try alone.publish(to: scratch.file("alone.tandem"), lineage: .none)
    let later = try trainer(shop)
    let warm = try later.warmStart(
      from: ArtifactFile(path: scratch.file("alone.tandem"), type: TrainingState.type))
    #expect(warm.features?.kept == 6 && warm.queries == (30, 30))
    #expect(later.towers[1].tower.parameters[1].matrix.values == alone.towers[1].tower.parameters[0].matrix.values)
    #expect(later.table(.candidate).values == shop.tower().parameters[0].matrix.values, "no ids to take over")
  }

  @Test("is in the model's artifact: features, their vectors and their length")
  func artifact() throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    let trainer = try trainer(shop)
    _ = try trainer.train()
    let model = trainer.current.addingBias(counts: (0...12).map { Double($0) }, weight: 1)
    try model.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let read = try Model(ArtifactFile(path: scratch.file("model.tandem"), type: Model.type))
    let features = try #require(read.features[.candidate])
    #expect(features.features == shop.encoded.features && features.isNormalised)
    #expect(features.table.values == trainer.towers[1].tower.parameters[1].matrix.values)
    #expect(read.candidates.values == model.candidates.values)
  }

  /// A trainer both of whose towers have the features of a shop.
  private func bothSides(_ shop: Shop, threads: Int = 1) throws -> Trainer {
    var cases = Cases(5)
    let candidates = (0..<600).map { _ in Int32(1 + cases.number(below: 10)) }
    var settings = Trainer.Settings()
    settings.length.epochs = 4
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.threads = threads
    let vocabulary = Vocabulary(column: "title", values: shop.names, counts: shop.names.array.map { _ in 1 })
    return Trainer(
      Vocabularies(
        query: Vocabulary(column: "user", values: shop.names, counts: vocabulary.counts), candidate: vocabulary),
      queryTower: shop.tower(.query, seed: 3), candidateTower: shop.tower(),
      pairs: TrainingPairs(queries: candidates.map { $0 % 2 + 1 }, candidates: candidates), settings: settings)
  }

  @Test("stands on either side: state, warm start and the model's file have both sides' features")
  func sides() throws {
    let scratch = try Scratch()
    let (trainer, shared) = (try bothSides(Shop(12)), try bothSides(Shop(12), threads: 3))
    _ = try trainer.train()
    _ = try shared.train()
    #expect(shared.current.queries.values == trainer.current.queries.values)
    let features = try #require(trainer.current.features[.query])
    #expect(features.isNormalised && features.table.values == trainer.towers[0].tower.parameters[1].matrix.values)

    try trainer.publish(to: scratch.file("state.tandem"), lineage: .none)
    let file = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    #expect(file.section("query_features_memory_0") != nil)
    let later = try bothSides(Shop(14, kinds: 3))
    let warm = try later.warmStart(from: file)
    #expect(warm.features?.kept == 12 && warm.features?.all == 14)
    let table = later.towers[0].tower.parameters[1].matrix
    #expect(table.row(3) == trainer.towers[0].tower.parameters[1].matrix.row(2), "a third kind comes before the tags")

    try trainer.current.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let read = try Model(ArtifactFile(path: scratch.file("model.tandem"), type: Model.type))
    for side in TowerSide.allCases {
      #expect(read.features[side]?.table.values == trainer.current.features[side]?.table.values)
    }
  }

  @Test("answers unknown queries as known ones, without an id's share, popularity included")
  func queriesByFeatures() throws {
    let shop = try Shop(12)
    let trainer = try bothSides(shop)
    _ = try trainer.train()
    let model = trainer.current.addingBias(counts: (0...12).map { Double($0) }, weight: 2)
    let towers = try #require(QueriesByFeatures(model))
    let vectors = towers.vectors(of: shop.encoded.matrix, rows: [3, 11], threads: 2)
    let tower = try #require(model.features[.query])
    let own = tower.vectors(of: shop.encoded.matrix, threads: 1)
    #expect(Array(vectors.row(0).prefix(5)) == own.row(3))
    let spread = ScoreSpread(trainer.current.candidates).deviation(of: own.row(3))
    #expect(abs(vectors[0, 5] - 2 * spread) < 1e-6 && vectors[0, 5] > 0)
    #expect(vectors.row(1) == [0, 0, 0, 0, 0, 0], "no features")
    #expect(QueriesByFeatures(try self.trainer(shop).current) == nil)
  }
}
