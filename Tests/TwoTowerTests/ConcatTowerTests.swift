import Artifacts
import CanonicalJSON
import Features
import Interactions
import Kernels
import LinearAlgebra
import SystemFiles
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A tower with dense layers")
struct ConcatTowerTests {
  private static let forms = [
    DenseLayers.Form(), DenseLayers.Form(activation: .gelu), DenseLayers.Form(activation: .gelu, isNormalised: true),
  ]

  @Test("puts the id's vector, each feature's and numbers side by side, and one layer multiplies and adds its bias")
  func oneLayer() throws {
    let shop = try Shop(4)
    let tower = shop.deepTower(layers: [], length: 2, dimension: 3)
    #expect(tower.parameters.map(\.name) == ["table", "features", "layer_1"])
    let (ids, table, layer) = (tower.parameters[0].matrix, tower.parameters[1].matrix, tower.parameters[2].matrix)
    // 2 of the id, 2 of the kind, 2 of the tags and the price; then the bias.
    #expect(layer.rows == 8 && layer.columns == 3 && layer.row(7) == [0, 0, 0])
    layer[7, 1] = 0.5
    let vectors = tower.allVectors(threads: 2)
    let half = 1 / Float(2).squareRoot()
    // Columns are kind 0, kind 1, x, y, z, price; a is of kind 0 with x, y and z, and the cheapest.
    let price = try #require(shop.encoded.matrix.values)[shop.encoded.matrix.starts[1] - 1]
    #expect(price < -1)
    for column in 0..<3 {
      func sum(_ input: [Float]) -> Float {
        zip(input, 0...).reduce(layer[7, column]) { $0 + $1.0 * layer[$1.1, column] }
      }
      let third = 1 / Float(3).squareRoot()
      let tags = (0..<2).map { third * (table[2, $0] + table[3, $0] + table[4, $0]) }
      let ofA = ids.row(1) + table.row(0) + tags + [price]
      #expect(abs(vectors[1, column] - sum(ofA)) < 1e-6)
      let ofB = ids.row(2) + table.row(1) + (0..<2).map { half * (table[2, $0] + table[3, $0]) } + [0]
      #expect(abs(vectors[2, column] - sum(ofB)) < 1e-6, "of the mean price")
      #expect(abs(vectors[0, column] - sum(ids.row(0))) < 1e-6, "the unknown has no features")
    }
  }

  @Test(
    "has the gradients of finite differences in every table and layer, the same bits on any number of threads",
    arguments: forms, [true, false])
  func finiteDifferences(form: DenseLayers.Form, ids: Bool) throws {
    var cases = Cases(11)
    let shop = try Shop(9, kinds: 3)
    let tower = shop.deepTower(ids: ids, form: form, seed: 5)
    // Far enough from 0 that layers bend what they are given.
    for parameter in tower.parameters {
      let matrix = parameter.matrix
      guard parameter.isLayer else {
        for row in 0..<matrix.rows { matrix.scale(row: row, by: 10) }
        continue
      }
      // Biases and shifts too: where all sums are 0, layer normalisation is steep.
      for row in [matrix.rows - 1, max(matrix.rows - 3, 0)] {
        for column in 0..<matrix.columns { matrix[row, column] = Float(cases.number(below: 100)) / 50 - 1 }
      }
    }
    let rows = (0..<tower.rowCount).filter { _ in cases.number(below: 4) > 0 }.map { EmbeddingRow(index: $0) }
    let upstream = Matrix.initialEmbeddings(rows.count, 5, seed: 3, stream: "upstream", from: .uniform)
    for row in 0..<rows.count { upstream.scale(row: row, by: 20) }
    func value() -> Double {
      let vectors = tower.vectors(of: rows, threads: 1)
      return (0..<rows.count).reduce(0) { sum, row in
        zip(vectors.row(row), upstream.row(row)).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let occurrences = rows.map { Float(1 + $0.index) }
    let all = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 1)
    #expect(all.count == tower.parameters.count)
    let (middle, step) = (value(), Float(2e-3))
    var (compared, bent) = (0, 0)
    for (gradients, parameter) in zip(all, tower.parameters) {
      let table = parameter.matrix
      #expect(Set(gradients.rows).count == gradients.rows.count && gradients.occurrences.count == gradients.rows.count)
      for row in 0..<table.rows {
        let place = gradients.rows.firstIndex(of: EmbeddingRow(index: row))
        for column in 0..<table.columns {
          let before = table[row, column]
          table[row, column] = before + step
          let above = value()
          table[row, column] = before - step
          let below = value()
          table[row, column] = before
          // Where a ReLU bends within the step, the difference is no derivative.
          guard form.activation != .relu || abs(above + below - 2 * middle) < 1e-5 else {
            bent += 1
            continue
          }
          compared += 1
          let want = place.map { Double(gradients.matrix[$0, column]) } ?? 0
          let found = (above - below) / Double(2 * step)
          #expect(abs(found - want) < 1e-2 * max(1, abs(want)), "\(parameter.name) \(row) \(column): \(want)")
        }
      }
    }
    #expect(compared > 10 * bent, "\(bent) of \(compared)")
    let shared = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 3)
    for (one, other) in zip(all, shared) {
      #expect(one.matrix.values == other.matrix.values, "one order of every sum")
      #expect(one.rows == other.rows && one.occurrences == other.occurrences)
    }
  }

  @Test("gives a row the same bits alone and in any batch")
  func batches() throws {
    let tower = try Shop(20).deepTower(layers: [33, 17])
    let all = tower.allVectors(threads: 3)
    for row in 0..<tower.rowCount {
      #expect(tower.vectors(of: [EmbeddingRow(index: row)], threads: 1).row(0) == all.row(row))
    }
  }

  @Test("without ids computes equal features once, and adds up the gradients and occurrences of their rows")
  func distinctInputs() throws {
    let shop = try Shop(13)
    // Without the price, things 0, 6 and 12 would be one; 12 has no features.
    let table = Table(
      "catalog", rows: 4,
      columns: [Column("name", text: ["a", "b", "c", "d"]), Column("kind", text: ["x", "y", "x", "x"])])
    let things = DescribedThings(
      table, name: "the catalog", keys: table.text("name")!, things: Strings(["a", "b", "c", "d", "e"]))
    let features = try FeatureSet(["kind"], of: things)
    let encoded = EncodedVocabulary(features, matrix: try EncodedFeatures(features, of: things).matrix)
    let tower = ConcatTower(
      .candidate, ids: nil, encoded,
      table: .initialEmbeddings(2, 4, seed: 1, stream: "features", from: .normal),
      layers: .initial(DenseLayers.Form(), widths: [4, 3], seed: 1, stream: "candidate"))
    let rows = [1, 2, 3, 4, 5].map { EmbeddingRow(index: $0) }
    let vectors = tower.vectors(of: rows, threads: 1)
    #expect(vectors.row(0) == vectors.row(2) && vectors.row(0) == vectors.row(3) && vectors.row(0) != vectors.row(1))
    let upstream = Matrix(rows: 5, columns: 3, values: (0..<15).map { Float($0) })
    let gradients = tower.pullBack(upstream.copy(), of: rows, occurrences: [1, 10, 100, 1000, 7], threads: 1)
    #expect(gradients[0].rows == [0, 1].map { EmbeddingRow(index: $0) } && gradients[0].occurrences == [1101, 10])
    let once = Matrix(rows: 1, columns: 3, values: [0 + 6 + 9, 1 + 7 + 10, 2 + 8 + 11])
    let alone = tower.pullBack(once, of: [EmbeddingRow(index: 1)], occurrences: [1101], threads: 1)
    #expect(gradients[0].matrix.row(0) == alone[0].matrix.row(0))
    #expect(shop.encoded.matrix.rowCount == 13)
  }

  /// Twelve candidates of two kinds; every query chooses from one kind. Candidate k is never chosen.
  private func trainer(
    _ shop: Shop, candidates tower: (any Tower)? = nil, queries: (any Tower)? = nil, threads: Int = 1,
    _ change: (inout Trainer.Settings) -> Void = { _ in }
  ) throws -> Trainer {
    var cases = Cases(9)
    let drawn = (0..<900).map { _ in Int32(1 + cases.number(below: 12)) }
    let candidates = drawn.map { Int32(1 + 2 * cases.number(below: 5)) + $0 % 2 }
    var settings = Trainer.Settings()
    settings.length.epochs = 6
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.objective.temperature = 0.3
    settings.regularization = Regularization(strength: 0.001, byFrequency: true)
    settings.learningRate = 0.05
    settings.threads = threads
    let pairs = TrainingPairs(queries: drawn, candidates: candidates)
    settings.competing = try TrainedRows(pairs, queryRows: 40, candidateRows: shop.names.count + 1).knownCandidates
    change(&settings)
    let vocabulary = Vocabulary(column: "title", values: shop.names, counts: shop.names.array.map { _ in 1 })
    return Trainer(
      Vocabularies(
        query: Vocabulary(column: "user", values: shop.names, counts: vocabulary.counts), candidate: vocabulary),
      queryTower: queries ?? shop.deepTower(.query, features: false, layers: []),
      candidateTower: tower ?? shop.deepTower(), pairs: pairs, settings: settings)
  }

  @Test(
    "is trained like any other, and a candidate that nobody chose is near its kind by its features", arguments: forms)
  func training(form: DenseLayers.Form) throws {
    let shop = try Shop(12)
    func trained(threads: Int) throws -> Model {
      let trainer = try trainer(shop, candidates: shop.deepTower(form: form), threads: threads)
      let described = trainer.dataDescription
      #expect(described.contains("query tower id: 6-5, candidate tower id, kind, tags: list, price: number: 19-7-4-5"))
      let epochs = try trainer.train()
      #expect(epochs[0].lossPerPair > epochs[5].lossPerPair)
      return trainer.current
    }
    let (model, shared) = (try trained(threads: 1), try trained(threads: 3))
    #expect(shared.candidates.values == model.candidates.values && shared.queries.values == model.queries.values)
    #expect(model.features[.query] == nil, "ids alone")
    let features = try #require(model.features[.candidate])
    #expect(features.isNormalised && !features.isLinear)
    let byFeatures = features.vectors(of: shop.encoded.matrix, threads: 2)
    // Candidate k is number 10, of kind 0, as those of even numbers, which queries of even numbers chose.
    let right = (1...12).count { query in
      let score = byFeatures.dot(row: 10, with: model.queries, row: query)
      let others = byFeatures.dot(row: 9, with: model.queries, row: query)
      return query % 2 == 0 ? score > others : score < others
    }
    #expect(right >= 10)
    #expect(byFeatures.row(11) == [0, 0, 0, 0, 0], "no features")
    #expect(features.vectors(of: shop.encoded.matrix, rows: [3], threads: 1).row(0) == byFeatures.row(3))
  }

  @Test("layers learn at a rate of their own, and have no penalty")
  func layerRate() throws {
    let shop = try Shop(12)
    func layer(_ change: (inout Trainer.Settings) -> Void) throws -> Matrix {
      let trainer = try trainer(shop) {
        $0.optimizer = .sgd
        $0.regularization = Regularization()
        change(&$0)
      }
      trainer.step(Batch(queries: [1, 2, 3], candidates: [2, 3, 4]))
      return trainer.towers[1].tower.parameters[2].matrix
    }
    let start = shop.deepTower().parameters[2].matrix
    let (usual, slow) = (try layer { _ in }, try layer { $0.layerLearningRate = 0.005 })
    let penalised = try layer { $0.regularization = Regularization(strength: 100) }
    #expect(penalised.values == usual.values)
    for row in 0..<start.rows {
      for column in 0..<start.columns {
        let (way, less) = (usual[row, column] - start[row, column], slow[row, column] - start[row, column])
        #expect(abs(less - way / 10) < 1e-6)
      }
    }
    #expect(usual.values != start.values)
  }

  @Test("has its tables and layers in the state by name, and a resumed training gives the same bits", arguments: forms)
  func state(form: DenseLayers.Form) throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    let undisturbed = try trainer(shop, candidates: shop.deepTower(form: form))
    _ = try undisturbed.train()
    let file = try trainer(shop, candidates: shop.deepTower(form: form))
      .stateWhenKilled(at: 15, scratch.file("state.tandem"))
    for name in ["candidate_table", "candidate_features", "candidate_layer_1", "candidate_layer_3_memory_0"] {
      #expect(file.section(name) != nil, "\(name)")
    }
    #expect(try DeclaredFeatures(file).candidate == shop.encoded.features)
    let later = try trainer(shop, candidates: shop.deepTower(form: form))
    try later.resume(from: file)
    _ = try later.train()
    #expect(later.result.candidates.values == undisturbed.result.candidates.values)
    #expect(later.result.queries.values == undisturbed.result.queries.values)
  }

  @Test("starts warm over grown vocabularies: values keep their rows, and layers go on")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = try trainer(Shop(12))
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let file = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    // A third kind comes between the others and the tags.
    let grown = try Shop(14, kinds: 3)
    let later = try trainer(grown)
    let warm = try later.warmStart(from: file)
    #expect(warm.candidates == (12, 14) && warm.features?.kept == 6 && warm.features?.all == 7)
    let (old, new) = (earlier.towers[1], later.towers[1])
    #expect(new.tower.parameters[1].matrix.row(3) == old.tower.parameters[1].matrix.row(2), "tag x")
    for layer in 2..<5 {
      #expect(new.tower.parameters[layer].matrix.values == old.tower.parameters[layer].matrix.values)
      #expect(new.memory[layer][0].values == old.memory[layer][0].values)
    }
  }

  @Test("starts above the tables of a training without layers; other layers and lengths are refused by name")
  func otherTrainings() throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    func state(_ name: String, _ tower: any Tower) throws -> ArtifactFile {
      let path = scratch.file("\(name).tandem")
      try trainer(shop, candidates: tower, queries: shop.tower(.query, ids: true)).publish(to: path, lineage: .none)
      return try ArtifactFile(path: path, type: TrainingState.type)
    }
    func refusal(_ tower: any Tower, from file: ArtifactFile) throws -> String {
      let error = #expect(throws: (any Error).self) {
        _ = try trainer(shop, candidates: tower, queries: shop.tower(.query, ids: true)).warmStart(from: file)
      }
      return error.map { "\($0)" } ?? ""
    }
    let (sum, deep) = (try state("sum", shop.tower(seed: 8)), try state("deep", shop.deepTower()))
    let above = try trainer(shop, candidates: shop.deepTower(length: 5), queries: shop.tower(.query, ids: true))
    _ = try above.warmStart(from: sum)
    #expect(above.table(.candidate).values == shop.tower(seed: 8).parameters[0].matrix.values)
    let short = try refusal(shop.deepTower(length: 6), from: sum)
    #expect(short.contains("candidate_table has vectors of 5 numbers") && short.contains("--embedding-dimension=5"))
    let other = try refusal(shop.deepTower(layers: [9]), from: deep)
    #expect(other.contains("price: number: 19-7-4-5 relu, and this one of id"), "\(other)")
    #expect(other.contains("19-9-5 relu"))
    #expect(try refusal(shop.tower(), from: deep).contains("and this one of no layers"))
  }

  @Test("is in the model's artifact, with its layers", arguments: forms, [true, false])
  func artifact(form: DenseLayers.Form, ids: Bool) throws {
    let scratch = try Scratch()
    let shop = try Shop(12)
    let trainer = try trainer(
      shop, candidates: shop.deepTower(ids: ids, form: form), queries: shop.deepTower(.query, form: form, seed: 4))
    _ = try trainer.train()
    let model = trainer.current.addingBias(counts: (0...12).map { Double($0) }, weight: 1)
    try model.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let file = try ArtifactFile(path: scratch.file("model.tandem"), type: Model.type)
    #expect(file.header.schema["candidate_features"] == nil, "nothing for a program that knows no layers to add")
    let read = try Model(file)
    #expect(read.candidates.values == model.candidates.values)
    for side in TowerSide.allCases {
      let (features, own) = (try #require(read.features[side]), try #require(model.features[side]))
      #expect(features.features == shop.encoded.features && features.isNormalised && !features.isLinear)
      let vectors = features.vectors(of: shop.encoded.matrix, threads: 1)
      #expect(vectors.values == own.vectors(of: shop.encoded.matrix, threads: 2).values && vectors.columns == 5)
    }
    let queries = try #require(QueriesByFeatures(read))
    let answers = queries.vectors(of: shop.encoded.matrix, rows: [3], threads: 1)
    #expect(!queries.isLinear && answers.columns == 6 && answers[0, 5] > 0)
  }
}
