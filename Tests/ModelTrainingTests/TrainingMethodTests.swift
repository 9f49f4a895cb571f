import ArgumentParser
import Features
import Interactions
import Kernels
import ModelTraining
import StageKit
import Tables
import Testing
import TwoTower

@Suite("Training methods")
struct TrainingMethodTests {
  private func methods(
    _ softmax: [String] = [], _ ials: [String] = [], _ autoencoder: [String] = [], _ graphFilter: [String] = [],
    _ nextItem: [String] = []
  ) throws -> [any TrainingMethod] {
    [
      try SoftmaxMethod.parse(softmax), try ImplicitALSMethod.parse(ials),
      try LinearAutoencoderMethod.parse(autoencoder), try GraphFilterMethod.parse(graphFilter),
      try NextItemMethod.parse(nextItem),
    ]
  }

  @Test("each objective has one method", arguments: MethodName.allCases)
  func registry(objective: MethodName) throws {
    #expect(try type(of: methods().chosen(objective)).objective == objective)
  }

  @Test("params of another method are refused by name, whatever their values")
  func ownership() throws {
    let both = try methods(["--temperature=0.5", "--optimizer=adam"], ["--regularization=0.1"])
    for (objective, names) in [
      (MethodName.ials, "--temperature, --optimizer"), (.softmax, "--regularization"),
    ] {
      let error = #expect(throws: ValidationError.self) { _ = try both.chosen(objective) }
      #expect(error?.message.hasPrefix("\(names): for --objective=") == true, "\(error?.message ?? "")")
    }
    #expect(throws: Never.self) { _ = try methods(["--temperature=0.5"]).chosen(.softmax) }
  }

  @Test("params of another method are refused as soon as options are read")
  func early() {
    #expect(throws: (any Error).self) { _ = try ModelOptions.parse(["--objective=ials", "--temperature=0.5"]) }
    #expect(throws: Never.self) { _ = try ModelOptions.parse(["--objective=softmax", "--temperature=0.5"]) }
  }

  @Test(
    "params of the linear autoencoder that are out of range are refused",
    arguments: [
      "--query-batch-size=0", "--input-dropout=1", "--input-dropout=-0.1", "--autoencoder-learning-rate=0",
      "--autoencoder-rate-factor=0",
    ])
  func ranges(argument: String) {
    #expect(throws: (any Error).self) { _ = try LinearAutoencoderMethod.parse([argument]) }
  }

  @Test(
    "the linear autoencoder takes smaller steps where there are many, unless its rate is given",
    arguments: [(256, 0.01), (1024, 0.01), (16_384, 0.0003125), (16_300, 0.0003125)])
  func autoencoderRate(queries: Int, rate: Double) throws {
    #expect(LinearAutoencoderMethod.learningRate(queries: queries, batchSize: 256) == rate)
  }

  @Test("the rate of the linear autoencoder goes by the queries that have pairs")
  func autoencoderTraining() throws {
    // 64 batches of one query; the 65th has no pair.
    let users = (1...65).map { "user \($0)" }
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", interactions: TextColumn(users)), candidate: Self.vocabularies.candidate)
    let rows = (1...64).map { EmbeddingRow(index: $0) }
    let pairs = TrainingPairs(queries: rows, candidates: rows.map { EmbeddingRow(index: 1 + $0.index % 2) })
    func rate(_ arguments: String...) throws -> Double {
      let method = try LinearAutoencoderMethod.parse(["--query-batch-size=1"] + arguments)
      let training = try method.training(vocabularies, pairs, TrainingSettings(dimension: 3, epochs: 7))
      return try #require(training as? LinearAutoencoder).settings.learningRate
    }
    #expect(try rate() == 0.0003125)
    #expect(try rate("--autoencoder-rate-factor=2") == 0.000625)
    #expect(try rate("--autoencoder-learning-rate=0.02") == 0.02)
  }

  @Test("segments are for methods that cut histories, and need times", arguments: MethodName.allCases)
  func segments(objective: MethodName) throws {
    let arguments = ["--objective=\(objective.rawValue)", "--segment-length=30"]
    guard [.linearAutoencoder, .graphFilter].contains(objective) else {
      let error = #expect(throws: (any Error).self) { _ = try ModelOptions.parse(arguments) }
      #expect(
        error.map { ModelOptions.message(for: $0).contains("--segment-length: for --objective=linear-auto") } == true)
      return
    }
    let options = try ModelOptions.parse(arguments)
    #expect(try options.timesNeededFor == "--segment-length")
    #expect(throws: (any Error).self) { _ = try ModelOptions.parse([arguments[0], "--segment-length=1"]) }
    let pairs = TrainingPairs(queries: [EmbeddingRow(index: 1)], candidates: [EmbeddingRow(index: 1)])
    let settings = try options.settings(threads: 1, scratchFolder: nil)
    #expect(settings.segmentLength == 30)
    let titles = Self.vocabularies.candidate
    let previous = Vocabulary(
      column: "previous_\(titles.column)", interactions: TextColumn(titles.values.indices.map { titles.values[$0] }))
    let itemToItem = Vocabularies(query: previous, candidate: titles)
    #expect(itemToItem.isItemToItem)
    let error = #expect(throws: ValidationError.self) { _ = try options.training(itemToItem, pairs, settings) }
    #expect(error?.message.contains("--segment-length cuts the history") == true)
  }

  @Test("a power of the graph filter that is out of range is refused", arguments: ["-1", "9", "nan"])
  func power(value: String) {
    #expect(throws: (any Error).self) { _ = try GraphFilterMethod.parse(["--filter-power=\(value)"]) }
  }

  @Test(
    "features of queries and contexts that a training does not read are named with what would read them",
    arguments: MethodName.allCases)
  func unreadFeatures(objective: MethodName) throws {
    let table = Table(
      "rows", rows: 2, columns: [Column("job", text: ["nurse", "pilot"]), Column("when", integers: [0, 90_000])])
    let things = DescribedThings(rowsOf: table, name: "the rows")
    var declared = DeclaredFeatures()
    let method = try methods().chosen(objective)
    #expect(declared.unread(by: method).isEmpty)
    declared.candidate = try FeatureSet(["job"], of: things)
    #expect(declared.unread(by: method).isEmpty, "those of candidates are for cold-start")
    declared.query = declared.candidate
    declared.context = try FeatureSet(["when: hour", "when: month"], of: things)
    let lines = declared.unread(by: method)
    try #require(lines.count == 2)
    #expect(lines[0].contains("query-features (job) are declared"))
    #expect(lines[1].contains("context-features (when: hour; when: month) are declared"))
    let reader = objective == .softmax ? "query-tower=id" : "objective=\(objective.rawValue)"
    #expect(lines.allSatisfy { $0.contains("\(reader) does not read them") })
    #expect(lines.allSatisfy { $0.contains("objective=softmax and ") == (objective != .softmax) })
    for tower in ["sum", "concat"] {
      #expect(try declared.unread(by: methods(["--query-tower=\(tower)"]).chosen(.softmax)).isEmpty)
    }
    #expect(try declared.unread(by: methods(["--candidate-tower=sum"]).chosen(.softmax)).count == 2)
  }

  @Test("a rating head belongs to the softmax, and has the layers and weights of its params")
  func ratingHead() throws {
    let layers = ["--rating-layers=8", "--rating-layers=6"]
    let options = ["--rating=stars", "--rating-weight=2", "--retrieval-weight=0"] + layers
    let error = #expect(throws: ValidationError.self) { _ = try methods(options).chosen(.ials) }
    #expect(error?.message.contains("--rating") == true && error?.message.contains("for --objective=softmax") == true)
    let method = try methods(options).chosen(.softmax)
    #expect(method.rating == RatingColumn(name: "stars", isAlone: true))
    var settings = TrainingSettings(dimension: 3, epochs: 1)
    settings.ratings = [4]
    let pairs = TrainingPairs(queries: [EmbeddingRow(index: 1)], candidates: [EmbeddingRow(index: 1)])
    let head = try method.training(Self.vocabularies, pairs, settings).head?.head
    #expect(head?.layers.widths == [6, 8, 6, 1] && head?.column == "stars")
    #expect(try methods().chosen(.softmax).rating == nil)
  }

  @Test(
    "params of a rating head that mean nothing are refused",
    arguments: [
      ["--rating-weight=2"], ["--rating-layers=8"], ["--rating=stars", "--rating-weight=0", "--retrieval-weight=0"],
      ["--rating=stars", "--rating-weight=-1"], ["--rating=stars", "--retrieval-weight=nan"],
      ["--rating=stars", "--rating-layers=0"], ["--rating=stars", "--rating-learning-rate=0"],
    ])
  func meaninglessRatingHead(arguments: [String]) {
    #expect(throws: (any Error).self) { _ = try SoftmaxMethod.parse(arguments) }
  }

  @Test(
    "dropout of ids is a share, and for sums of ids and features",
    arguments: [
      ["--id-dropout=0.5"], ["--candidate-tower=sum", "--id-dropout=1"],
      ["--candidate-tower=sum", "--id-dropout=-0.1"],
      ["--candidate-tower=sum", "--candidate-ids=false", "--id-dropout=0.5"],
      ["--candidate-tower=concat", "--id-dropout=0.5"],
    ])
  func idDropout(arguments: [String]) {
    #expect(throws: (any Error).self) { _ = try SoftmaxMethod.parse(arguments) }
    #expect(throws: Never.self) { _ = try SoftmaxMethod.parse(["--query-tower=sum", "--id-dropout=0.5"]) }
  }

  @Test("a tower with features belongs to the softmax, and needs features of its side", arguments: TowerSide.allCases)
  func towers(side: TowerSide) throws {
    let name = side.rawValue
    let others = try methods(["--\(name)-tower=sum", "--\(name)-ids=false"])
    for objective in [MethodName.ials, .linearAutoencoder] {
      let error = #expect(throws: ValidationError.self) { _ = try others.chosen(objective) }
      #expect(error?.message.hasPrefix("--\(name)-tower, --\(name)-ids: for --objective=softmax") == true)
    }
    #expect(throws: (any Error).self) { _ = try SoftmaxMethod.parse(["--\(name)-ids=false"]) }
    let pairs = TrainingPairs(queries: [EmbeddingRow(index: 1)], candidates: [EmbeddingRow(index: 1)])
    let method = try others.chosen(.softmax)
    #expect(method.sidesWithFeatures == [side])
    #expect(throws: TowerError.noFeatures(side, tower: "sum")) {
      _ = try method.training(Self.vocabularies, pairs, TrainingSettings(dimension: 3, epochs: 1))
    }
  }

  @Test(
    "a tower with dense layers needs features only without ids, and has the layers of its params",
    arguments: TowerSide.allCases)
  func deepTowers(side: TowerSide) throws {
    let name = side.rawValue
    let pairs = TrainingPairs(queries: [EmbeddingRow(index: 1)], candidates: [EmbeddingRow(index: 1)])
    let settings = TrainingSettings(dimension: 3, epochs: 1)
    let options = ["--layers=8", "--layers=6", "--activation=gelu", "--layer-norm=true", "--embedding-dimension=5"]
    let method = try SoftmaxMethod.parse(["--\(name)-tower=concat"] + options)
    let training = try method.training(Self.vocabularies, pairs, settings)
    let tower = training.towers[side == .query ? 0 : 1].tower
    let columns: [Int] = tower.parameters.map { $0.matrix.columns }
    let rows: [Int] = tower.parameters.map { $0.matrix.rows }
    #expect(columns == [5, 8, 6, 3])
    // Weights, bias, and for the layers before the last gain and shift.
    #expect(Array(rows[1...]) == [8, 11, 7])
    let bare = try SoftmaxMethod.parse(["--\(name)-tower=concat", "--\(name)-ids=false"])
    #expect(throws: TowerError.noFeatures(side, tower: "concat")) {
      _ = try bare.training(Self.vocabularies, pairs, settings)
    }
  }

  @Test(
    "params of dense layers without such a tower, without layers, or out of range are refused by name",
    arguments: [
      (["--layers=8", "--activation=gelu"], "--layers, --activation: for --candidate-tower=concat or"),
      (["--query-tower=sum", "--embedding-dimension=8"], "--embedding-dimension: for --candidate-tower=concat or"),
      (["--query-tower=concat", "--layer-norm=true"], "--layer-norm: is for layers before the last"),
      (["--query-tower=concat", "--activation=gelu"], "--activation: is for layers before the last"),
      (["--query-tower=concat", "--layers=0"], "--layers has 0"),
      (["--query-tower=concat", "--embedding-dimension=0"], "--embedding-dimension has 0"),
      (["--query-tower=concat", "--layer-learning-rate=0"], "--layer-learning-rate is 0.0"),
    ])
  func layerParams(arguments: [String], message: String) {
    let error = #expect(throws: (any Error).self) { _ = try SoftmaxMethod.parse(arguments) }
    let found = error.map { SoftmaxMethod.message(for: $0) } ?? ""
    #expect(found.hasPrefix(message), "\(found)")
  }

  @Test(
    "params of the training of the next candidate that are out of range are refused",
    arguments: [
      "--bag-decay=0", "--bag-decay=1.5", "--bag-last=0", "--mean-last=-1", "--history-dropout=1",
      "--position-batch-size=0", "--next-item-temperature=0", "--next-item-learning-rate=0",
    ])
  func nextItemRanges(argument: String) {
    #expect(throws: (any Error).self) { _ = try NextItemMethod.parse([argument]) }
  }

  @Test("the next candidate is not learnt without times, or where queries are candidates")
  func nextItemNeeds() throws {
    let rows = [1, 2, 2].map { EmbeddingRow(index: $0) }
    let pairs = TrainingPairs(queries: rows, candidates: rows)
    var settings = TrainingSettings(dimension: 3, epochs: 2)
    let method = try NextItemMethod.parse([])
    #expect(throws: DataError.noTimes) { _ = try method.training(Self.vocabularies, pairs, settings) }
    settings.times = [1, 2, 3]
    let films = Self.vocabularies.candidate
    let itemToItem = Vocabularies(
      query: Vocabulary(column: "previous_film", values: films.values, counts: films.counts), candidate: films)
    #expect(throws: ValidationError.self) { _ = try method.training(itemToItem, pairs, settings) }
  }

  private static let vocabularies = Vocabularies(
    query: Vocabulary(column: "user", interactions: TextColumn(["ann", "ben"])),
    candidate: Vocabulary(column: "film", interactions: TextColumn(["Alien", "Brazil", "Casablanca"])))

  @Test("give trainings of the requested dimension and number of epochs", arguments: MethodName.allCases)
  func trainings(objective: MethodName) throws {
    let rows = [1, 2, 2].map { EmbeddingRow(index: $0) }
    var settings = TrainingSettings(dimension: 3, epochs: 2)
    settings.times = [1, 2, 3]
    let training = try methods().chosen(objective)
      .training(Self.vocabularies, TrainingPairs(queries: rows, candidates: rows), settings)
    #expect(training.length.epochs == 2 && training.towers.allSatisfy { $0.tower.dimension == 3 })
    #expect(try training.train().count == 2)
    #expect(training.result.recipe.methodName == objective.rawValue)
  }
}
