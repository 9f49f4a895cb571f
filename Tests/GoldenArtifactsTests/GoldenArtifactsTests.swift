import Artifacts
import CandidateIndex
import CanonicalJSON
import DataChecks
import Evaluation
import Features
import Foundation
import Interactions
import Kernels
import LinearAlgebra
import ModelTraining
import Servable
import SystemFiles
import Tables
import Testing
import TwoTower

/// Artifacts as earlier builds left them in people's stores (Tests/GoldenArtifactsTests/make): what a type's version
/// means cannot change unseen.
@Suite("Artifacts of a released format")
struct GoldenArtifactsTests {
  private func path(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "tandem")).path
  }

  private func file(_ name: String, _ type: ArtifactType? = nil) throws -> ArtifactFile {
    let path = try path(name)
    guard let type else { return try ArtifactFile(path: path) }
    return try ArtifactFile(path: path, type: type)
  }

  @Test(
    "keep their recorded digest",
    arguments: [
      ("catalog-1", "d2c9b04f8113"), ("data-statistics-1", "213577a6ae64"), ("data-verdict-1", "e28b72ae8eae"),
      ("index-exact-3", "0ba9a564ffda"), ("interactions-1", "472af6a5ff6d"),
      ("metrics-2", "97f521a00c25"), ("model-ials-1", "0831a678c37f"), ("model-softmax-1", "bc1df2454580"),
      ("recipe-1", "015cb9522223"), ("recipe-2", "112387b2194e"),
      ("recommendations-1", "0880755173d1"), ("rejects-1", "e6dd55a941de"), ("servable-2", "a7b3473a817a"),
      ("servable-3", "35d990ffcf51"),
      ("training-state-1", "68625c9fccbf"), ("users-1", "d1e5e31b727a"), ("verdict-1", "921902023510"),
      ("verdict-2", "be5e19999896"),
      ("vocabularies-1", "17d7b56a4c9c"), ("vocabularies-features-1", "24752b648b4f"),
      ("model-features-1", "100801c56dbe"), ("training-state-features-1", "bb5de9cf6303"),
      ("model-concat-1", "d70d3ccecfdc"), ("training-state-concat-1", "993e7c3599ab"),
      ("model-next-item-1", "007de9b23fbc"), ("training-state-next-item-1", "2633aff0b1ab"),
      ("servable-next-item-3", "a599ee44c054"), ("servable-next-item-in-order-3", "351d04652f55"),
      ("vocabularies-context-1", "0a0bd7610cee"), ("model-context-1", "a75a7c9c3fb3"),
      ("training-state-context-1", "0a9d786e2d88"), ("servable-context-3", "c032ce26e9e8"),
      ("model-context-concat-1", "dd907fb4e451"), ("servable-context-concat-3", "bbcc71879ec4"),
      ("model-rating-1", "03af118b74e9"), ("servable-rating-3", "6ae753562333"),
      ("model-cold-start-1", "4ca2908670e0"), ("servable-cold-start-3", "5587d63b4a99"),
    ])
  func digests(name: String, digest: String) throws {
    let file = try file(name)
    #expect(file.digest.hexadecimal.hasPrefix(digest))
    try file.verify()
  }

  @Test("interactions have their columns and roles")
  func interactions() throws {
    let interactions = try Interactions(file("interactions-1", Interactions.type))
    #expect(interactions.count == 463)
    #expect(interactions.roles.query == "customer" && interactions.roles.candidate == "product")
    #expect(interactions.roles.weight == "quantity")
    let customers = try interactions.text("customer")
    #expect(customers.dictionary[Int(customers.codes[0])] == "customer-12")
    #expect(try interactions.times()[0] == 1_767_256_200)
  }

  @Test("a catalog has its fields")
  func catalog() throws {
    let catalog = try Catalog(file("catalog-1", Catalog.candidates))
    #expect(catalog.key == "product")
    #expect(try catalog.values(of: "product").dictionary.array.contains("Rain gauge"))
  }

  @Test("vocabularies have their counts")
  func vocabularies() throws {
    let vocabularies = try Vocabularies(file("vocabularies-1", Vocabularies.type))
    #expect(vocabularies.query.rows == 61 && vocabularies.candidate.rows == 33)
    #expect(vocabularies.candidate.counts.reduce(0, +) == 463)
    #expect(vocabularies.query.row(of: "customer-01") == 1)
  }

  @Test("models have tables and a recipe")
  func models() throws {
    let free = try Model(file("model-softmax-1", Model.type))
    #expect(free.dimension == 8 && free.recipe.method is SoftmaxRecipe && free.recipe.biasWeight == nil)
    let squares = try Model(file("model-ials-1", Model.type))
    #expect(squares.dimension == 9 && squares.recipe.biasWeight == 0 && squares.recipe.method.isLinear)
    #expect(squares.queries.rows == 61 && squares.candidates.rows == 33)
  }

  @Test("a model and a servable with a new product say what its features add to a score")
  func newCandidates() throws {
    let model = try Model(file("model-cold-start-1", Model.type))
    let sums = try #require(model.candidatesByFeatures)
    #expect(sums.parts.map(\.value) == ["", "Garden", "from 62.91, below 67.68"])
    #expect(sums.candidates.map { model.vocabularies.candidate.values[$0.number] } == ["Cold frame"])
    let servable = try Servable(path: path("servable-cold-start-3"))
    let explained = try servable.explain(
      to: .query("customer-12", features: [:]), candidate: "Cold frame", limit: 3)
    guard case .newCandidate(let explanation) = explained else { throw ServableError.emptyHistory }
    #expect(abs(explanation.score - 0.1162) < 1e-4 && abs((explanation.mean ?? 0) - 0.1677) < 1e-4)
    #expect(explanation.terms.allSatisfy { abs($0.value + 0.0258) < 1e-4 } && abs(explanation.remainder) < 1e-6)
  }

  @Test("a training goes on from its state")
  func state() throws {
    let file = try file("training-state-1", TrainingState.type)
    let vocabularies = try Vocabularies(file)
    let rows = (1...3).map { EmbeddingRow(index: $0) }
    let trainer = Trainer(
      Model(initialising: vocabularies, dimension: 8, seed: 1), pairs: TrainingPairs(queries: rows, candidates: rows),
      settings: Trainer.Settings())
    try trainer.resume(from: file)
    #expect(trainer.progress.epochs.count == 5 && trainer.progress.step == 10)
    #expect(abs(trainer.progress.epochs[4].lossPerPair - 5.1063) < 1e-4)
  }

  @Test("features are in vocabularies, and their vectors in the model and the state of a tower with them")
  func features() throws {
    let described = try file("vocabularies-features-1", Vocabularies.type)
    let encoded = try #require(try EncodedVocabulary(.candidate, of: described))
    let declared = encoded.features.features.map(\.declaration.text)
    #expect(declared == ["department: category at-least 2", "price: buckets 16"])
    let model = try Model(file("model-features-1", Model.type))
    let features = try #require(model.features[.candidate])
    #expect(features.features == encoded.features && features.isNormalised && features.table.columns == 8)
    let state = try file("training-state-features-1", TrainingState.type)
    let ids = Matrix(rows: 34, columns: 8)
    let tower = SumTower(.candidate, ids: ids, encoded, table: Matrix(rows: encoded.features.width, columns: 8))
    let vocabularies = try Vocabularies(described)
    let rows = (1...3).map { EmbeddingRow(index: $0) }
    let trainer = Trainer(
      vocabularies, queryTower: EmbeddingTower(.query, Matrix(rows: 61, columns: 8)), candidateTower: tower,
      pairs: TrainingPairs(queries: rows, candidates: rows), settings: Trainer.Settings())
    try trainer.resume(from: state)
    // The model has the state's vectors at unit length, without the product that nobody bought, and a bias.
    #expect(model.candidates.rows == 33)
    let vectors = tower.allVectors(threads: 1)
    for row in 1..<33 {
      let source = vocabularies.candidate.row(of: model.vocabularies.candidate[row: row])
      let length = vectors.squaredLength(row: source).squareRoot()
      for column in 0..<8 { #expect(abs(vectors[source, column] / length - model.candidates[row, column]) < 1e-6) }
    }
  }

  @Test("a model and a state of a tower with dense layers have these")
  func denseLayers() throws {
    let described = try file("vocabularies-features-1", Vocabularies.type)
    let encoded = try #require(try EncodedVocabulary(.candidate, of: described))
    let model = try Model(file("model-concat-1", Model.type))
    let features = try #require(model.features[.candidate])
    #expect(features.features == encoded.features && features.isNormalised && !features.isLinear)
    // An id and two features of 4 numbers each.
    #expect(features.layers?.widths == [12, 6, 8] && features.layers?.form == DenseLayers.Form(isNormalised: true))
    let tower = ConcatTower(
      .candidate, ids: Matrix(rows: 34, columns: 4), encoded, table: Matrix(rows: encoded.features.width, columns: 4),
      layers: .initial(DenseLayers.Form(isNormalised: true), widths: [12, 6, 8], seed: 1, stream: "candidate"))
    let vocabularies = try Vocabularies(described)
    let rows = (1...3).map { EmbeddingRow(index: $0) }
    let trainer = Trainer(
      vocabularies, queryTower: EmbeddingTower(.query, Matrix(rows: 61, columns: 8)), candidateTower: tower,
      pairs: TrainingPairs(queries: rows, candidates: rows), settings: Trainer.Settings())
    try trainer.resume(from: file("training-state-concat-1", TrainingState.type))
    let current = trainer.current
    let byFeatures = try #require(tower.features(isNormalised: true)).vectors(of: encoded.matrix, threads: 1)
    let wanted = features.vectors(of: encoded.matrix, threads: 1)
    #expect(zip(byFeatures.values, wanted.values).allSatisfy { abs($0 - $1) < 1e-5 })
    for row in 1..<33 {
      let source = current.vocabularies.candidate.row(of: model.vocabularies.candidate[row: row])
      let length = current.candidates.squaredLength(row: source).squareRoot()
      for column in 0..<8 {
        #expect(abs(current.candidates[source, column] / length - model.candidates[row, column]) < 1e-5)
      }
    }
  }

  @Test("a model of histories has its bags, a training goes on from its state, and a servable answers a history")
  func nextItem() throws {
    let model = try Model(file("model-next-item-1", Model.type))
    #expect(model.recipe.method is NextItemRecipe && model.recipe.biasWeight != nil && model.recipe.epochs == 5)
    #expect(model.recipe.history == [HistoryBag(decay: 0.8, last: 30), HistoryBag(decay: nil, last: 100)])
    #expect(model.historyTables.map(\.rows) == [33, 33] && model.historyTables.allSatisfy { $0.columns == 8 })

    let state = try file("training-state-next-item-1", TrainingState.type)
    let rows = (1...3).map { EmbeddingRow(index: $0) }
    let training = try NextItemTraining(
      Vocabularies(state), pairs: TrainingPairs(queries: rows + rows, candidates: rows + rows),
      times: [1, 2, 3, 4, 5, 6], dimension: 8, settings: NextItemTraining.Settings())
    try training.resume(from: state)
    #expect(training.progress.epochs.count == 5 && training.progress.step == 5)
    #expect(abs(training.progress.epochs[4].lossPerPair - 3.2544) < 1e-4)
    // The model has the candidates of the state, without the product that nobody bought, and a bias.
    let current = training.current
    for row in 1..<33 {
      let source = current.vocabularies.candidate.row(of: model.vocabularies.candidate[row: row])
      for column in 0..<8 {
        #expect(abs(current.candidates[source, column] - model.candidates[row, column]) < 1e-6)
        #expect(current.historyTables[1][source, column] == model.historyTables[1][row, column])
      }
    }

    let servable = try Servable(path: path("servable-next-item-3"))
    let answer = try servable.recommend("somebody", history: ["Rain gauge", "Bird feeder"], k: 3)
    #expect(answer.recommendations.map(\.candidate) == ["Blotting paper", "Enamel mug", "Olive-wood board"])
    #expect(abs(answer.recommendations[0].score - 0.6813) < 1e-4)
    let other = try servable.recommend("somebody", history: ["Bird feeder", "Rain gauge"], k: 3)
    #expect(other.recommendations[0].score != answer.recommendations[0].score)
    #expect(try servable.recommend("customer-01", k: 3).basis == .history)
    // It does not have the order in which known queries chose; a history that is given has one.
    #expect(try servable.explain("customer-01", candidate: "Enamel mug", limit: 3)?.kind == .similarities)
    #expect(try servable.explain(history: ["Bird feeder"], candidate: "Enamel mug", limit: 3).kind == .contributions)

    let inOrder = try Servable(path: path("servable-next-item-in-order-3"))
    let explanation = try #require(try inOrder.explain("customer-01", candidate: "Enamel mug", limit: 3))
    #expect(explanation.kind == .contributions && abs(explanation.remainder ?? 1) < 1e-6)
  }

  @Test("a model of contexts has their vectors, with dense layers or without, and a training goes on from its state")
  func contexts() throws {
    let described = try DeclaredFeatures(file("vocabularies-context-1", Vocabularies.type)).context
    #expect(
      described.features.map(\.declaration.text) == ["ordered at: hour", "ordered at: weekday", "channel"]
        && described.width == 33)
    let deep = try #require(try Model(file("model-context-concat-1", Model.type)).context)
    // An id and three features of 4 numbers each.
    #expect(deep.features == described && deep.inputs.rows == 61 && deep.table.columns == 4)
    #expect(deep.layers?.layers.widths == [16, 6, 8] && deep.layers?.start == 4)
    #expect(deep.layers?.layers.form == DenseLayers.Form(activation: .gelu, isNormalised: true))

    let context = try #require(try Model(file("model-context-1", Model.type)).context)
    #expect(context.features == described && context.isNormalised && context.inputs.rows == 61)
    let state = try file("training-state-context-1", TrainingState.type)
    let rows = (1...3).map { EmbeddingRow(index: $0) }
    let pairs = TrainingPairs(queries: rows, candidates: rows)
    let queries = try QueriesInContext(
      pairs, contexts: [0, 0, 0], described, encoding: SparseMatrix(columnCount: 33, rows: [[]]), queryRows: 61)
    let trainer = Trainer(
      try Vocabularies(state),
      queryTower: ContextSumTower(
        EmbeddingTower(.query, Matrix(rows: 61, columns: 8)), queries, table: Matrix(rows: 33, columns: 8)),
      candidateTower: EmbeddingTower(.candidate, Matrix(rows: 33, columns: 8)),
      pairs: try queries.pairs(pairs, contexts: [0, 0, 0], folder: nil), settings: Trainer.Settings())
    try trainer.resume(from: state)
    #expect(trainer.progress.epochs.count == 5 && abs(trainer.progress.epochs[4].lossPerPair - 4.9283) < 1e-4)
    let current = try #require(trainer.current.context)
    #expect(current.table.values == context.table.values)
    for row in 1..<61 { #expect(current.inputs.row(row) == context.inputs.row(row)) }
  }

  @Test(
    "a servable answers in a context and without one",
    arguments: [
      (
        "servable-context-3", ["Rain gauge", "Sewing kit"], ["Garden gloves", "Enamel mug"], Float(0.8314),
        Float(0.8741)
      ),
      (
        "servable-context-concat-3", ["Enamel mug", "Blotting paper"], ["Rain gauge", "Pruning shears"], 0.4900, 0.8330
      ),
    ])
  func servableInContext(name: String, plain: [String], placed: [String], score: Float, stranger: Float) throws {
    let servable = try Servable(path: path(name))
    #expect(servable.readsContext)
    #expect(try servable.recommend("customer-01", k: 2).recommendations.map(\.candidate) == plain)
    let evening = ["ordered at": ["2026-01-03T20:00"], "channel": ["web"]]
    let answer = try servable.recommend(query: "customer-01", features: evening, k: 2)
    #expect(answer.basis == .known && answer.recommendations.map(\.candidate) == placed)
    #expect(abs(answer.recommendations[0].score - score) < 1e-4)
    let other = try servable.recommend(query: "nobody", features: evening, k: 1)
    #expect(other.basis == .features && abs(other.recommendations[0].score - stranger) < 1e-4)
  }

  @Test("a rating head is in the model, and a servable predicts with it")
  func rating() throws {
    let model = try Model(file("model-rating-1", Model.type))
    #expect(model.rating?.column == "quantity" && model.rating?.layers.widths == [16, 4, 1])
    let servable = try Servable(path: path("servable-rating-3"))
    #expect(servable.ratingColumn == "quantity")
    let answer = try servable.recommend("customer-01", k: 2)
    #expect(answer.recommendations.map(\.candidate) == ["Rain gauge", "Bird feeder"])
    let ratings = try #require(try servable.ratings(of: answer))
    #expect(abs(ratings[0] - 1.2352) < 1e-4 && abs(ratings[1] - 1.5848) < 1e-4)
    #expect(try servable.ratings(of: servable.recommend("nobody", k: 2)) == nil)
  }

  @Test("metrics are read as tables")
  func metrics() throws {
    let table = try Table("metrics", from: file("metrics-2", Metrics.type))
    #expect(table.rows > 100)
    #expect(table.columns.map(\.name) == ["model", "protocol", "slice", "metric", "k", "ties", "value", "low", "high"])
  }

  @Test("a verdict is read, and one of an earlier format is refused by version")
  func verdicts() throws {
    let verdict = try PublishedVerdict(file("verdict-2", Verdict.type))
    #expect(verdict.answer == .passed && verdict.model.hasPrefix("b0c17471c151"))
    #expect(verdict.statement.hasPrefix("two-tower beats popularity on ndcg@10"))
    let earlier = try path("verdict-1")
    #expect(throws: FileError.self) { _ = try PublishedVerdict(ArtifactFile(path: earlier, type: Verdict.type)) }
  }

  @Test("statistics of data are read, and their verdict")
  func dataChecks() throws {
    let statistics = try DataStatistics(file("data-statistics-1", DataStatistics.type))
    #expect(statistics.rows == 463 && statistics.queries == 60 && statistics.days.count == 159)
    #expect(statistics.column("channel", of: "interactions")?.top.first == CountedValue("web", rows: 233))
    #expect(statistics.queryIdentifiers.hashes.count == 60)
    let verdict = try PublishedDataVerdict(file("data-verdict-1", DataVerdict.type))
    #expect(verdict.answer == .passed && verdict.statement == "463 interactions, nothing odd")
    #expect(verdict.interactions.hasPrefix("472af6a5ff6d"))
  }

  @Test("an index gives the recorded results")
  func index() throws {
    let index = try IndexFile.open(file("index-exact-3", IndexFile.type))
    #expect(index.count == 32 && index.dimension == 9 && index.isExact)
  }

  @Test("a servable gives the recorded results", arguments: ["servable-2", "servable-3"])
  func servable(name: String) throws {
    let servable = try Servable(path: path(name))
    let answer = try servable.recommend("customer-01", k: 3)
    #expect(answer.basis == .known)
    #expect(answer.recommendations.map(\.candidate) == ["Rain gauge", "Bird feeder", "Garden gloves"])
    #expect(abs(answer.recommendations[0].score - 0.8515) < 1e-4)
    #expect(try servable.recommend("nobody", k: 3).basis == .popularity)
  }

  @Test("a recipe of one model is read, also one from before there were ensembles, and a recipe of several")
  func recipes() throws {
    let early = try TunedRecipe(file("recipe-1", TunedRecipe.type))
    #expect(early.ensemble == nil && early.params["objective"] == "softmax" && early.params["epochs"] == 10)
    let recipe = try TunedRecipe(file("recipe-2", TunedRecipe.type))
    #expect(recipe.params.isEmpty && recipe.ensemble?.dimension == 256)
    #expect(recipe.ensemble?.members.map(\.weight) == [1, 0.25])
    #expect(recipe.ensemble?.members[1].params["objective"] == "linear-autoencoder")
  }

  @Test("recommendations are read as tables")
  func recommendations() throws {
    let file = try file("recommendations-1")
    #expect(file.header.type == "recommendations")
    #expect(!file.header.sections.isEmpty)
  }
}
