import ColdStart
import Features
import Interactions
import Kernels
import Tables
import TestKit
import Testing
import TwoTower

@Suite("A cold start")
struct ColdStartTests {
  /// Sixty candidates of three kinds, whose vectors are those of their kinds with noise; every tenth is new.
  private struct Shop {
    let model: Model
    let features: FeatureSet
    let catalog: Catalog
    let train: Interactions
    let names = (0..<60).map { "c\($0 < 10 ? "0" : "")\($0)" }

    static func isNew(_ candidate: Int) -> Bool { candidate % 10 == 9 }

    init(bias: Bool = false) throws {
      let names = self.names
      let known = names.indices.filter { !Self.isNew($0) }
      var numbers = Numbers(5)
      func noise() -> Float { Float(numbers.next() >> 40) / Float(1 << 24) - 0.5 }
      let kinds: [[Float]] = [[1, 0, 0, 0.2], [0, 1, 0, 0.2], [0, 0, 1, 0.2]]
      let queries = Matrix(rows: 31, columns: 4)
      for query in 0..<30 {
        for column in 0..<4 { queries[query + 1, column] = kinds[query % 3][column] + 0.3 * noise() }
      }
      let candidates = Matrix(rows: known.count + 1, columns: 4)
      for (place, candidate) in known.enumerated() {
        for column in 0..<4 { candidates[place + 1, column] = kinds[candidate % 3][column] + 0.3 * noise() }
      }
      let users = (0..<30).map { "u\($0 < 10 ? "0" : "")\($0)" }
      let model = Model(
        vocabularies: Vocabularies(
          query: Vocabulary(column: "user", values: Strings(users), counts: users.map { _ in 3 }),
          candidate: Vocabulary(
            column: "item", values: Strings(known.map { names[$0] }), counts: known.map { _ in 2 })),
        queries: queries, candidates: candidates)
      self.model = bias ? model.addingBias(counts: [0] + known.map { Double($0) }, weight: 0.3) : model
      catalog = Catalog(
        columns: [Column("item", text: names), Column("kind", text: names.indices.map { "kind \($0 % 3)" })], rows: 60,
        key: "item")
      features = try FeatureSet(
        ["kind"],
        of: DescribedThings(catalog.table, name: "the catalog", keys: catalog.keys, things: Strings(names)))
      let rows = (0..<30).flatMap { user in
        known.filter { $0 % 3 == user % 3 }.prefix(3).map { (users[user], names[$0]) }
      }
      train = Interactions(
        columns: [Column("user", text: rows.map(\.0)), Column("item", text: rows.map(\.1))], rows: rows.count,
        roles: .init(query: "user", candidate: "item"))
    }

    func extended(_ change: (inout ColdStart.Settings) -> Void = { _ in }, newer: Interactions? = nil) throws
      -> ColdStart
    {
      var settings = ColdStart.Settings()
      change(&settings)
      return try ColdStart(
        model, features: features, catalog: catalog, train: train, newer: newer, settings: settings)
    }

    func vector(_ candidate: Int, in model: Model) -> [Float] {
      model.candidates.row(model.vocabularies.candidate.row(of: names[candidate]))
    }

    /// The place of a candidate among all for a query.
    func rank(_ candidate: Int, for query: Int, in model: Model) -> Int {
      func score(_ candidate: Int) -> Float {
        zip(vector(candidate, in: model), model.queries.row(query + 1)).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let own = score(candidate)
      return names.indices.count { score($0) > own }
    }
  }

  @Test("gives every candidate of the catalog a vector, and leaves those of the model as they are, bit for bit")
  func keepsTrained() throws {
    let shop = try Shop()
    let model = try shop.extended().model
    #expect(model.vocabularies.candidate.values.array == shop.names)
    #expect(model.queries.values == shop.model.queries.values)
    for candidate in shop.names.indices where !Shop.isNew(candidate) {
      #expect(shop.vector(candidate, in: model) == shop.vector(candidate, in: shop.model))
    }
  }

  @Test("ranks new candidates of a kind before other new ones for those who choose that kind")
  func rightPeople() throws {
    let shop = try Shop()
    let model = try shop.extended().model
    let new = shop.names.indices.filter { Shop.isNew($0) }
    for query in 0..<30 {
      let order = new.sorted { shop.rank($0, for: query, in: model) < shop.rank($1, for: query, in: model) }
      #expect(order.prefix(2).allSatisfy { $0 % 3 == query % 3 }, "query \(query): \(order)")
    }
  }

  @Test("takes new vectors from the model's own tower where that is asked for, and refuses a model without one")
  func ownTower() throws {
    let shop = try Shop()
    #expect(throws: ColdStartError.noTower) { _ = try shop.extended { $0.usesTower = true } }
    var model = shop.model
    let table = Matrix(rows: 3, columns: 4, values: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0])
    model.features[.candidate] = FeatureVectors(shop.features, table: table, isNormalised: false)
    var settings = ColdStart.Settings()
    settings.usesTower = true
    settings.scalesLengths = false
    // Features that the model was not trained with say nothing here.
    let cold = try ColdStart(
      model, features: FeatureSet(), catalog: shop.catalog, train: shop.train, newer: nil, settings: settings)
    #expect(shop.vector(9, in: cold.model) == [1, 0, 0, 0])
    #expect(shop.vector(19, in: cold.model) == [0, 2, 0, 0])
    #expect(cold.model.features[.candidate]?.table.values == table.values)
    #expect(shop.vector(8, in: cold.model) == shop.vector(8, in: shop.model))
  }

  @Test("gives new candidates the bias of the least popular one")
  func bias() throws {
    let shop = try Shop(bias: true)
    let model = try shop.extended().model
    let least = shop.names.indices.filter { !Shop.isNew($0) }.map { shop.vector($0, in: model)[4] }.min()
    for candidate in shop.names.indices where Shop.isNew(candidate) {
      #expect(shop.vector(candidate, in: model)[4] == least)
    }
  }

  @Test("moves a new candidate towards those who chose it first")
  func firstInteractions() throws {
    let shop = try Shop()
    // Of kind 0 by its features, and chosen by those of kind 1.
    let choosers = (0..<10).map { "u\($0 * 3 + 1 < 10 ? "0" : "")\($0 * 3 + 1)" }
    let newer = Interactions(
      columns: [
        Column("user", text: choosers + ["stranger"]), Column("item", text: choosers.map { _ in "c09" } + ["c09"]),
      ],
      rows: 11, roles: .init(query: "user", candidate: "item"))
    let (before, after) = (try shop.extended().model, try shop.extended(newer: newer).model)
    #expect(after.vocabularies.candidate.counts[9] == 10)
    for query in stride(from: 1, to: 30, by: 3) {
      #expect(shop.rank(9, for: query, in: after) < shop.rank(9, for: query, in: before))
    }
    #expect(shop.vector(19, in: after) == shop.vector(19, in: before))
  }

  /// The greatest difference between scores of new candidates and the sums of what their features add.
  private func greatestError(_ model: Model, _ shop: Shop, new: [Int]) throws -> Float {
    let sums = try #require(model.candidatesByFeatures)
    #expect(sums.candidates.map(\.number) == new)
    var greatest: Float = 0
    for (place, candidate) in new.enumerated() {
      for query in 0..<31 {
        let vector = model.queries.row(query)
        let score = (0..<model.ownDimension).reduce(Float(0)) {
          $0 + vector[$1] * shop.vector(candidate, in: model)[$1]
        }
        let sum = sums.contributions(of: place, to: vector).reduce(Float(0)) { $0 + $1.value }
        greatest = max(greatest, abs(score - sum))
      }
    }
    return greatest
  }

  @Test("says what each feature of a new candidate adds to its scores", arguments: [true, false], [true, false])
  func sums(bias: Bool, scalesLengths: Bool) throws {
    let shop = try Shop(bias: bias)
    let model = try shop.extended { $0.scalesLengths = scalesLengths }.model
    let new = shop.names.indices.filter { Shop.isNew($0) }
    #expect(try greatestError(model, shop, new: new) < 1e-5)
    let sums = try #require(model.candidatesByFeatures)
    #expect(
      sums.parts.map(\.value) == ["", "kind 0", "kind 1", "kind 2"]
        && sums.candidates.allSatisfy { $0.interactions == 0 })
    // Candidate 9 is of kind 0, as query 0 is, and query 1 is of another.
    func kind(_ query: Int) -> Float { sums.contributions(of: 0, to: model.queries.row(query + 1))[1].value }
    #expect(kind(0) > 0 && kind(0) > kind(1))
  }

  @Test(
    "says it of the model's own tower, of vectors at unit length too, and of dense layers nothing",
    arguments: [true, false])
  func sumsOfTower(isNormalised: Bool) throws {
    let shop = try Shop()
    var model = shop.model
    let table = Matrix(rows: 3, columns: 4, values: [1, 0.5, 0, 0, 0, 2, 0, 0, 0, 0, 3, 1])
    model.features[.candidate] = FeatureVectors(shop.features, table: table, isNormalised: isNormalised)
    var settings = ColdStart.Settings()
    settings.usesTower = true
    func extended() throws -> ColdStart {
      try ColdStart(
        model, features: FeatureSet(), catalog: shop.catalog, train: shop.train, newer: nil, settings: settings)
    }
    let cold = try extended()
    #expect(try greatestError(cold.model, shop, new: [9, 19, 29, 39, 49, 59]) < 1e-5)
    #expect(cold.model.candidatesByFeatures?.parts.map(\.value) == ["kind 0", "kind 1", "kind 2"])
    #expect(!cold.report.lines.contains { $0.contains("no sums over features") })
    let layers = DenseLayers.initial(DenseLayers.Form(), widths: [8, 4], seed: 1, stream: "candidate")
    model.features[.candidate] = FeatureVectors(
      shop.features, table: table, isNormalised: isNormalised, layers: layers)
    let dense = try extended()
    #expect(dense.model.candidatesByFeatures == nil)
    #expect(dense.report.lines.contains { $0.contains("dense layers make the vectors of new candidates") })
  }

  @Test("leaves to first interactions what features do not add, and keeps what an earlier cold start said")
  func sumsOfLaterStarts() throws {
    let shop = try Shop()
    let newer = Interactions(
      columns: [Column("user", text: ["u01", "u04"]), Column("item", text: ["c09", "c09"])], rows: 2,
      roles: .init(query: "user", candidate: "item"))
    let (before, after) = (try shop.extended().model, try shop.extended(newer: newer).model)
    let (plain, moved) = (try #require(before.candidatesByFeatures), try #require(after.candidatesByFeatures))
    #expect(moved.candidates.map(\.interactions) == [2, 0, 0, 0, 0, 0])
    #expect(moved.candidates.map(\.scale) == plain.candidates.map(\.scale))
    #expect(shop.vector(9, in: before) != shop.vector(9, in: after))

    let names = shop.names + ["a first one"]
    let catalog = Catalog(
      columns: [Column("item", text: names), Column("kind", text: names.indices.map { "kind \($0 % 3)" })], rows: 61,
      key: "item")
    let again = try ColdStart(
      before, features: shop.features, catalog: catalog, train: shop.train, newer: nil, settings: .init()
    ).model
    let both = try #require(again.candidatesByFeatures)
    #expect(both.candidates.map(\.number) == [0, 10, 20, 30, 40, 50, 60])
    for query in 0..<31 {
      let vector = again.queries.row(query)
      let sums = [both.contributions(of: 1, to: vector), plain.contributions(of: 0, to: vector)].map { terms in
        terms.reduce(Float(0)) { $0 + $1.value }
      }
      #expect(sums[0] == sums[1])
    }
  }

  @Test("is the same for any number of threads")
  func threads() throws {
    let shop = try Shop()
    let models = try [1, 3].map { threads in try shop.extended { $0.threads = threads }.model }
    #expect(models[0].candidates.values == models[1].candidates.values)
  }
}
