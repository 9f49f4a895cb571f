import Artifacts
import CandidateIndex
import Features
import Interactions
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("A servable that reads features of queries")
struct FeatureAnswerTests {
  private static let titles = ["Alien", "Brazil", "Casablanca", "Dune"]
  private static let users = Catalog(
    columns: [
      Column("user", text: ["ann", "mia", "new", "odd", "zoe"]),
      Column("job", text: ["nurse", "pilot", "nurse", "clown", "pilot"]),
      Column("age", integers: [20, 60, 40, nil, 40]),
    ], rows: 5, key: "user")

  private static let seen = Interactions(
    columns: [Column("user", text: ["ann", "zoe"]), Column("title", text: ["Alien", "Dune"])], rows: 2,
    roles: .init(query: "user", candidate: "title"))

  /// Ann and ben are known; nurses and pilots were in training, of a mean age of 40.
  private static func model(hasPopularity: Bool = false) throws -> Model {
    var model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(["ann", "ben"]), counts: [1, 1]),
        candidate: Vocabulary(column: "title", values: Strings(titles), counts: [1, 1, 1, 1])), dimension: 3, seed: 3)
    let things = DescribedThings(users.table, name: "the users", numbers: [0, 1, -1, -1, -1], count: 2)
    model.features[.query] = FeatureVectors(
      try FeatureSet(["job", "age: number"], of: things),
      table: Matrix(rows: 3, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 0.5]), isNormalised: true)
    return hasPopularity ? model.addingBias(counts: [0, 1, 5, 2, 3], weight: 1) : model
  }

  private func servable(_ model: Model, in scratch: Scratch, users: Catalog? = nil) throws -> Servable {
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let catalog = Catalog(columns: [Column("title", text: Self.titles)], rows: 4, key: "title")
    try ServableExport(model: model, index: index, catalog: catalog, seen: Self.seen, users: users)
      .publish(to: scratch.file("servable"), lineage: .none, sample: "ann")
    return try Servable(path: scratch.file("servable"))
  }

  /// Candidates by their score with a vector.
  private func ranked(_ vector: [Float], _ model: Model) -> [String] {
    ExactIndex(model.candidates, rows: 1..<model.candidates.rows).search(vector, k: 4).map { Self.titles[$0.candidate] }
  }

  @Test("answers who is unknown by the sum of the features' vectors, at the tower's length")
  func answers() throws {
    let scratch = try Scratch()
    let model = try Self.model()
    let servable = try servable(model, in: scratch)
    #expect(servable.readsFeatures)
    let answer = try servable.recommend("she", features: ["job": ["pilot"], "age": ["60"]], k: 4)
    // Pilot is the second value, and 60 is one deviation above the mean.
    let length = (Float(1) + 0.25).squareRoot()
    #expect(answer.basis == .features && answer.query == "she")
    #expect(answer.recommendations.map(\.candidate) == ranked([0, 1 / length, 0.5 / length], model))
    let without = try servable.recommend("she", features: ["job": ["pilot"]], k: 3, excluding: ["Alien"])
    #expect(without.recommendations.map(\.candidate) == ranked([0, 1, 0], model).filter { $0 != "Alien" })
    #expect(try servable.unknownValues(of: ["job": ["pilot", "clown"], "age": ["60"]]) == ["job=clown"])
    let nobody = try servable.recommend("she", features: ["job": ["clown"]], k: 4)
    #expect(nobody.basis == .untrained && nobody.recommendations.count == 4)
  }

  @Test("answers many queries at once as one at a time, unknown ones by features of their own")
  func batches() throws {
    let scratch = try Scratch()
    let servable = try servable(Self.model(hasPopularity: true), in: scratch, users: Self.users)
    let names = ["she", "ann", "", "mia", "nobody"]
    let features = [
      ["job": ["pilot"], "age": ["60"]], ["job": ["pilot"]], ["job": ["nurse"]], ["age": ["20"]], ["job": ["clown"]],
    ]
    func same(_ batch: [Servable.Answer], _ wanted: [Servable.Answer]) -> Bool {
      zip(batch, wanted).allSatisfy { one, other in
        one.basis == other.basis && one.query == other.query
          && one.recommendations.map(\.candidate) == other.recommendations.map(\.candidate)
          && one.recommendations.map(\.score) == other.recommendations.map(\.score)
      }
    }
    func alone(_ excluded: [[String]]) throws -> [Servable.Answer] {
      try names.indices.map { row in
        servable.knows(names[row])
          ? try servable.recommend(names[row], k: 3, excluding: excluded[row])
          : try servable.recommend(names[row], features: features[row], k: 3, excluding: excluded[row])
      }
    }
    let found = try servable.recommend(names, features: features, k: 3)
    #expect(found.map(\.basis) == [.features, .known, .features, .features, .popularity])
    #expect(try same(found, alone(names.map { _ in [] })))
    let rows = [["Alien"], [], ["Dune", "no such"], ["Brazil"], []]
    let left = try servable.recommend(names, features: features, k: 3, exclusions: rows, threads: 2)
    #expect(try same(left, alone(rows.map { $0.filter { $0 != "no such" } })))
    let allowed = servable.candidates(excluding: ["Alien"])
    #expect(
      try same(
        servable.recommend(names, features: features, k: 3, filter: allowed), alone(names.map { _ in ["Alien"] })))
    #expect(throws: ServableError.featureNotANumber("old", feature: "age")) {
      // Also where the query is known.
      try servable.recommend(["ann"], features: [["age": ["old"]]], k: 1)
    }
  }

  @Test("says which columns it reads, and refuses two values of one")
  func columns() throws {
    let servable = try servable(Self.model(), in: Scratch())
    let columns = try servable.queryFeatures()
    #expect(columns.map(\.name) == ["job", "age"] && columns.map(\.kind) == [.text, .number])
    #expect(columns.map(\.values) == [["nurse", "pilot"], []])
    #expect(throws: ServableError.featureNotSingle(2, feature: "job")) {
      try servable.recommend("x", features: ["job": ["nurse", "pilot"]], k: 1)
    }
    var plain = try Self.model()
    plain.features[.query] = nil
    #expect(try self.servable(plain, in: Scratch()).queryFeatures().isEmpty)
  }

  @Test("adds popularity as a known query has it")
  func popularity() throws {
    let model = try Self.model(hasPopularity: true)
    let servable = try servable(model, in: Scratch())
    let vector = try #require(QueriesByFeatures(model)).vectors(
      of: EncodedFeatures(model.features[.query]?.features ?? FeatureSet(), given: ["job": ["nurse"]]).matrix,
      rows: [0], threads: 1
    ).row(0)
    #expect(vector.count == 4 && vector[3] > 0)
    let answer = try servable.recommend("he", features: ["job": ["nurse"]], k: 4)
    #expect(answer.recommendations.map(\.candidate) == ranked(vector, model))
    #expect(try servable.recommend("he", features: [:], k: 1).basis == .popularity)
  }

  @Test("has rows for described users who chose nothing, beside those with a history; nobody else changes")
  func users() throws {
    let scratch = try Scratch()
    let model = try Self.model()
    let servable = try servable(model, in: scratch, users: Self.users)
    // Zoe is folded in from what she chose, and nothing is known of odd.
    let bases = try ["ann", "ben", "mia", "new", "odd", "zoe"].map { try servable.recommend($0, k: 4).basis }
    #expect(bases == [.known, .known, .features, .features, .untrained, .history])
    let byName = try servable.recommend("mia", k: 4).recommendations
    let byFeatures = try servable.recommend("x", features: ["job": ["pilot"], "age": ["60"]], k: 4).recommendations
    #expect(byName.map(\.candidate) == byFeatures.map(\.candidate) && byName.map(\.score) == byFeatures.map(\.score))
    #expect(servable.history(of: "zoe") == ["Dune"] && servable.history(of: "mia") == [])
    let plain = try self.servable(model, in: Scratch())
    #expect(try plain.recommend("mia", k: 4).basis == .untrained)
    #expect(
      try plain.recommend("ann", k: 4).recommendations.map(\.score)
        == servable.recommend("ann", k: 4).recommendations.map(\.score))
  }

  @Test("explains a score as a sum over the features and popularity", arguments: [true, false])
  func explanation(hasPopularity: Bool) throws {
    let model = try Self.model(hasPopularity: hasPopularity)
    let servable = try servable(model, in: Scratch())
    let given = ["job": ["pilot"], "age": ["60"]]
    for item in try servable.recommend("she", features: given, k: 4).recommendations {
      let explained = try #require(try servable.explain(features: given, candidate: item.candidate))
      #expect(explained.score == item.score && explained.terms.map(\.feature) == ["job", "age: number"])
      #expect((explained.popularity != 0) == hasPopularity)
      let sum = explained.terms.reduce(explained.popularity) { $0 + $1.value }
      #expect(abs(sum - item.score) < 1e-6)
    }
    // Pilots have the second dimension of the tower alone.
    let row = model.vocabularies.candidate.row(of: "Dune")
    let alone = try #require(try servable.explain(features: ["job": ["pilot"]], candidate: "Dune"))
    #expect(abs(alone.terms[0].value - model.candidates[row, 1]) < 1e-6 && alone.terms[1].value == 0)
    #expect(try servable.explain(features: ["job": ["clown"]], candidate: "Dune") == nil)
    #expect(throws: ServableError.self) { _ = try servable.explain(features: given, candidate: "Eraserhead") }
  }

  @Test("has the same bytes from files, and refuses users where the model has no use for them")
  func files() throws {
    let scratch = try Scratch()
    var model = try Self.model(hasPopularity: true)
    _ = try servable(model, in: scratch, users: Self.users)
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try index.publish(to: scratch.file("index"), lineage: .none)
    try Catalog(columns: [Column("title", text: Self.titles)], rows: 4, key: "title")
      .publish(to: scratch.file("catalog"), type: Catalog.candidates, lineage: .none)
    try Self.users.publish(to: scratch.file("users"), type: Catalog.users, lineage: .none)
    try Self.seen.publish(to: scratch.file("seen"), lineage: .none)
    func file(_ name: String) throws -> ArtifactFile { try ArtifactFile(path: scratch.file(name)) }
    func export() throws -> ServableExport {
      try model.publish(to: scratch.file("model"), lineage: .none, summary: Summary())
      defer { Files.remove(scratch.file("model")) }
      return try ServableExport(
        model: file("model"), index: file("index"), catalog: file("catalog"), seen: file("seen"),
        users: file("users"))
    }
    try export().publish(to: scratch.file("files"), lineage: .none, sample: "ann")
    #expect(try Files.read(scratch.file("servable")) == Files.read(scratch.file("files")))
    model.features = [:]
    #expect(throws: ServableError.readsNoFeatures) { _ = try export() }
  }

  @Test("refuses features that it does not have, and texts for numbers")
  func refused() throws {
    let servable = try servable(Self.model(), in: Scratch())
    #expect(throws: ServableError.unknownFeature("jobs", like: "job", there: ["job", "age"])) {
      _ = try servable.recommend("she", features: ["jobs": ["pilot"]], k: 1)
    }
    #expect(throws: ServableError.featureNotANumber("old", feature: "age")) {
      _ = try servable.recommend("she", features: ["age": ["old"]], k: 1)
    }
    var model = try Self.model()
    model.features = [:]
    let plain = try self.servable(model, in: Scratch())
    #expect(!plain.readsFeatures)
    #expect(throws: ServableError.readsNoFeatures) { _ = try plain.recommend("she", features: [:], k: 1) }
  }
}
