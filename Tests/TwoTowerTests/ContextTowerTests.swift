import Artifacts
import Features
import Interactions
import Kernels
import LinearAlgebra
import SystemFiles
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A query tower with context")
struct ContextTowerTests {
  enum Form: CaseIterable {
    case ids, sum, featuresAlone, deep, deepWithoutIDs
  }

  /// Queries a, b, c … of a shop, asked at hours, with offers and on devices.
  private struct Asked {
    let shop: Shop
    let features: FeatureSet
    let contexts: EncodedContexts
    let pairs: TrainingPairs
    let all: QueriesInContext
    let numbered: TrainingPairs

    /// - Parameter choose: the candidate of a pair, by its hour.
    init(
      _ count: Int, pairs pairCount: Int = 900, candidates: Int = 12, seed: UInt64 = 9, hours: Int = 24,
      choose: ((_ query: Int, _ hour: Int, inout Cases) -> Int)? = nil
    ) throws {
      var cases = Cases(seed)
      shop = try Shop(count)
      let names = Array(shop.names.array)
      let queries = (0..<pairCount).map { _ in cases.number(below: count) }
      let times = (0..<pairCount).map { _ in cases.number(below: hours) * 3600 + cases.number(below: 3600) }
      let candidates = zip(queries, times).map { query, time in
        1 + (choose?(query, time / 3600, &cases) ?? cases.number(below: candidates))
      }
      let interactions = Interactions(
        columns: [
          Column("user", text: queries.map { names[$0] }), Column("title", text: candidates.map { "\($0)" }),
          Column("when", integers: times.map { Int64($0) }),
          Column("device", text: queries.indices.map { _ in ["", "desk", "phone"][cases.number(below: 3)] }),
          Column(
            "offers",
            textLists: queries.indices.map { _ in ["p", "q", "r"].filter { _ in cases.number(below: 2) == 0 } }),
          Column("basket", reals: queries.indices.map { _ in Double(cases.number(below: 5)) }),
        ], rows: pairCount, roles: .init(query: "user", candidate: "title", timestamp: "when"))
      features = try FeatureSet(
        ["when: hour", "device", "offers: list", "basket: number"],
        of: DescribedThings(rowsOf: interactions.table, name: "the interactions"))
      contexts = try EncodedContexts(features, of: interactions)
      pairs = TrainingPairs(
        queries: queries.map { EmbeddingRow(place: $0) }, candidates: candidates.map { EmbeddingRow(index: $0) })
      all = try QueriesInContext(
        pairs, contexts: contexts.numbers, features, encoding: contexts.matrix, queryRows: count + 1)
      numbered = try all.pairs(pairs, contexts: contexts.numbers, folder: nil)
    }

    func tower(_ form: Form, seed: UInt64 = 1, layers form2: DenseLayers.Form = DenseLayers.Form()) -> any Tower {
      func table(_ length: Int) -> Matrix {
        .initialEmbeddings(features.width, length, seed: seed, stream: "context", from: .normal)
      }
      switch form {
      case .ids:
        return ContextSumTower(
          EmbeddingTower(
            .query, .initialEmbeddings(shop.names.count + 1, 5, seed: seed, stream: "ids", from: .normal)),
          all, table: table(5))
      case .sum: return ContextSumTower(shop.tower(.query, seed: seed), all, table: table(5))
      case .featuresAlone: return ContextSumTower(shop.tower(.query, ids: false, seed: seed), all, table: table(5))
      case .deep, .deepWithoutIDs:
        let ids = form == .deep
        let inputs = ConcatTower.inputWidth(
          hasIDs: ids, shop.encoded.features, context: features, vectorLength: 6)
        return ConcatTower(
          .query,
          ids: ids ? .initialEmbeddings(shop.names.count + 1, 6, seed: seed, stream: "ids", from: .normal) : nil,
          shop.encoded,
          table: .initialEmbeddings(shop.encoded.features.width, 6, seed: seed, stream: "features", from: .normal),
          layers: .initial(form2, widths: [inputs, 7, 5], seed: seed, stream: "query"), context: (all, table(6)))
      }
    }

    /// The number of a pair's query in its context.
    func number(_ pair: Int) throws -> EmbeddingRow { try numbered.queries[pair] }
  }

  @Test("has each query in each of its contexts once, and pairs say which")
  func distinct() throws {
    let asked = try Asked(4)
    let (queries, numbers) = (try asked.pairs.queries, try asked.numbered.queries)
    for (pair, number) in numbers.enumerated() {
      #expect(asked.all.query(number) == queries[pair])
      #expect(asked.all.context(number) == Int(asked.contexts.numbers[pair]))
    }
    let keys = zip(queries, asked.contexts.numbers).map { "\($0.index) \($1)" }
    #expect(asked.all.count == Set(keys).count && Set(numbers).count == asked.all.count)
    #expect(try asked.numbered.candidates == asked.pairs.candidates)
  }

  @Test("adds the vectors of the context's values to the query's, each times its weight")
  func sum() throws {
    let asked = try Asked(4)
    let tower = asked.tower(.sum)
    let alone = asked.shop.tower(.query).allVectors(threads: 1)
    let table = try #require(tower.parameters.last).matrix
    let rows = (0..<asked.all.count).map { EmbeddingRow(index: $0) }
    let vectors = tower.vectors(of: rows, threads: 2)
    for row in rows {
      let (context, own) = (asked.all.context(row), Int(asked.all.query(row).index))
      let matrix = asked.contexts.matrix
      for column in 0..<5 {
        let want = (matrix.starts[context]..<matrix.starts[context + 1]).reduce(alone[own, column]) {
          $0 + (matrix.values?[$1] ?? 1) * table[Int(matrix.columns[$1]), column]
        }
        #expect(abs(vectors[Int(row.index), column] - want) < 1e-6)
      }
    }
    #expect(tower.allVectors(threads: 1).values == alone.values, "without a context it is the query's own")
  }

  @Test(
    "has the gradients of finite differences in every table and layer, the same bits on any number of threads",
    arguments: Form.allCases)
  func finiteDifferences(form: Form) throws {
    var cases = Cases(11)
    let asked = try Asked(6, pairs: 60)
    let tower = asked.tower(form, seed: 5, layers: DenseLayers.Form(activation: .gelu))
    for parameter in tower.parameters where !parameter.isLayer {
      for row in 0..<parameter.matrix.rows { parameter.matrix.scale(row: row, by: 8) }
    }
    let rows = (0..<asked.all.count).filter { _ in cases.number(below: 3) > 0 }.map { EmbeddingRow(index: $0) }
    let upstream = Matrix.initialEmbeddings(rows.count, 5, seed: 3, stream: "upstream", from: .normal)
    for row in 0..<rows.count { upstream.scale(row: row, by: 10) }
    func value() -> Double {
      let vectors = tower.vectors(of: rows, threads: 1)
      return (0..<rows.count).reduce(0) { sum, row in
        zip(vectors.row(row), upstream.row(row)).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let occurrences = rows.map { Float(1 + $0.index) }
    let all = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 1)
    #expect(all.count == tower.parameters.count && tower.parameters.contains { $0.name == "context" })
    let step = Float(4e-3)
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
          let want = place.map { Double(gradients.matrix[$0, column]) } ?? 0
          let found = (above - below) / Double(2 * step)
          #expect(abs(found - want) < 1e-2 * max(1, abs(want)), "\(parameter.name) \(row) \(column)")
        }
      }
    }
    let shared = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 3)
    for (one, other) in zip(all, shared) {
      #expect(one.matrix.values == other.matrix.values && one.rows == other.rows)
      #expect(one.occurrences == other.occurrences)
    }
    #expect(tower.vectors(of: rows, threads: 3).values == tower.vectors(of: rows, threads: 1).values)
  }

  private func trainer(
    _ asked: Asked, _ form: Form = .sum, threads: Int = 1, candidates: Int = 12,
    _ change: (inout Trainer.Settings) -> Void = { _ in }
  ) -> Trainer {
    var cases = Cases(4)
    let model = cases.model(queries: asked.shop.names.count + 1, candidates: candidates + 1, dimension: 5, scale: 0.05)
    var settings = Trainer.Settings()
    settings.length.epochs = 6
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.objective.temperature = 0.3
    settings.threads = threads
    change(&settings)
    return Trainer(
      Vocabularies(
        query: Vocabulary(column: "user", values: asked.shop.names, counts: asked.shop.names.array.map { _ in 1 }),
        candidate: model.vocabularies.candidate),
      queryTower: asked.tower(form), candidateTower: EmbeddingTower(.candidate, model.candidates),
      pairs: asked.numbered,
      settings: settings)
  }

  /// Queries choose among six candidates in the morning, and among six others in the evening.
  private func planted() throws -> Asked {
    try Asked(8, hours: 24) { _, hour, cases in (hour < 12 ? 0 : 6) + cases.number(below: 6) }
  }

  @Test(
    "learns that other candidates are chosen in the evening, of any form and with any objective",
    arguments: Form.allCases)
  func learns(form: Form) throws {
    let asked = try planted()
    let model = trainer(asked, form) {
      $0.length.epochs = 60
      $0.objective.negatives = form == .sum ? .all : .inBatch
      $0.objective.removesAccidentalHits = form == .featuresAlone
    }.trainedModel()
    let towers = try #require(ContextualQueries(model))
    let given = try ["1970-01-01T08:30", "1970-01-01T20:30"].map {
      try EncodedFeatures(asked.features, given: ["when": [$0]]).matrix
    }
    for query in 1...8 {
      let rows = [EmbeddingRow(index: query)]
      let shares = given.map { context in
        let vector = towers.vectors(of: rows, context, contexts: [0], threads: 1)
        let scores = (1...12).map { vector.dot(row: 0, with: model.candidates, row: $0) }
        let best = (0..<12).sorted { scores[$0] > scores[$1] }.prefix(6)
        return best.count { $0 >= 6 }
      }
      #expect(shares[0] <= 1 && shares[1] >= 5, "\(shares) of six are of the evening")
    }
  }

  @Test(
    "gives the same bytes on any number of threads and when resumed, and its state names the table",
    arguments: Form.allCases)
  func deterministic(form: Form) throws {
    let scratch = try Scratch()
    let asked = try planted()
    let undisturbed = trainer(asked, form)
    let epochs = try undisturbed.train()
    #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0.lossPerPair > $1.lossPerPair })
    let shared = trainer(asked, form, threads: 3)
    _ = try shared.train()
    let file = try trainer(asked, form).stateWhenKilled(at: 15, scratch.file("state.tandem"))
    #expect(file.section("query_context") != nil && file.section("query_context_memory_0") != nil)
    #expect(try DeclaredFeatures(file).context == asked.features)
    let later = trainer(asked, form)
    try later.resume(from: file)
    _ = try later.train()
    for other in [shared.result, later.result] {
      #expect(other.queries.values == undisturbed.result.queries.values)
      #expect(other.context?.table.values == undisturbed.result.context?.table.values)
      #expect(other.context?.inputs.values == undisturbed.result.context?.inputs.values)
    }
  }

  @Test("starts warm: values of the context keep their rows and memory, new ones are as they were drawn")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = trainer(try Asked(8))
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let grown = try Asked(10, seed: 3)
    let later = trainer(grown)
    let warm = try later.warmStart(from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    let width = grown.features.width + grown.shop.encoded.features.width
    #expect(warm.queries == (8, 10) && warm.features?.kept == width && warm.features?.all == width)
    let (old, new) = (earlier.towers[0], later.towers[0])
    #expect(new.tower.parameters[2].matrix.values == old.tower.parameters[2].matrix.values)
    #expect(new.memory[2][0].values == old.memory[2][0].values)
    #expect(new.tower.parameters[2].name == "context")
  }

  @Test("is in the model's artifact, where a missing context gives the model's own vectors", arguments: Form.allCases)
  func artifact(form: Form) throws {
    let scratch = try Scratch()
    let asked = try planted()
    let trained = trainer(asked, form).trainedModel()
    var rows = [Bool](repeating: true, count: 9)
    rows[3] = false
    let model = trained.keeping(TrainedRows(queries: rows, candidates: [Bool](repeating: true, count: 13)))
      .addingBias(counts: (0...12).map { Double($0) }, weight: 0.5)
    try model.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let read = try Model(ArtifactFile(path: scratch.file("model.tandem"), type: Model.type))
    let context = try #require(read.context)
    #expect(context.features == asked.features && context.isNormalised)
    #expect(context.table.values == model.context?.table.values && context.inputs.rows == 8)
    let towers = try #require(ContextualQueries(read))
    let none = try EncodedFeatures(asked.features, given: [:]).matrix
    let known = (1..<8).map { EmbeddingRow(index: $0) }
    let vectors = towers.vectors(of: known, none, contexts: known.map { _ in 0 }, threads: 2)
    for row in known { #expect(vectors.row(Int(row.index) - 1) == read.queries.row(Int(row.index))) }
    // Whoever is unknown is asked as the average query.
    let mean = (0..<context.inputs.columns).map { column in
      (1..<8).reduce(Float(0)) { $0 + context.inputs[$1, column] / 7 }
    }
    #expect(zip(mean, context.inputs.row(0)).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test("masks what a query chose in any context")
  func positives() throws {
    let asked = try planted()
    let history = try PositiveHistory(asked.numbered, queryRows: 9, contexts: asked.all)
    let known = try PositiveHistory(asked.pairs, queryRows: 9)
    let (numbers, queries) = (try asked.numbered.queries, try asked.pairs.queries)
    for (number, query) in zip(numbers, queries) { #expect(history[number] == known[query]) }
    // Everybody chose nearly everything at some hour, so that hardly a negative is left.
    let masked = try trainer(asked) { $0.objective.masksPositives = true }.train()
    let all = try trainer(asked).train()
    #expect(masked[0].lossPerPair < all[0].lossPerPair / 10)
  }

  @Test("has the loss of held-out pairs in their contexts")
  func heldOutLoss() throws {
    let asked = try planted()
    let trained = trainer(asked) {
      $0.objective.normalisation = .none
      $0.objective.temperature = 1
      $0.objective.negatives = .all
    }
    _ = try trained.train()
    let model = trained.current
    let (queries, candidates) = (try asked.pairs.queries, try asked.pairs.candidates)
    let numbers = asked.contexts.numbers.map { Int($0) }
    let found = try #require(
      model.heldOutLoss(
        queryRows: queries, candidateRows: candidates, contexts: (asked.contexts.matrix, numbers), threads: 2))
    let vectors = try #require(ContextualQueries(model)).vectors(
      of: queries, asked.contexts.matrix, contexts: numbers, threads: 1)
    var want = 0.0
    for (pair, candidate) in candidates.enumerated() {
      let scores = (1...12).map { Double(vectors.dot(row: pair, with: model.candidates, row: $0)) }
      let level = scores.max() ?? 0
      let total = scores.reduce(0) { $0 + exponential($1 - level) }
      want += level + naturalLogarithm(total) - scores[Int(candidate.index) - 1]
    }
    #expect(abs(found - want) < 1e-3 * want)
    let without = try #require(model.heldOutLoss(queryRows: queries, candidateRows: candidates, threads: 1))
    #expect(without > found * 1.05, "what is chosen depends on the hour")
  }
}

extension Training {
  fileprivate func trainedModel(sourceLocation: SourceLocation = #_sourceLocation) -> Model {
    #expect(throws: Never.self, sourceLocation: sourceLocation) { _ = try train() }
    return current
  }
}
