import Artifacts
import CandidateIndex
import Features
import Foundation
import Interactions
import Kernels
import LinearAlgebra
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("Explanations of a new candidate's score")
struct NewCandidateTests {
  private static let known = (0..<40).map { "movie \($0 + 10)" }
  private static let new = ["new drama", "new horror", "new mixture"]
  private static let titles = known + new
  private static let catalog = Catalog(
    columns: [
      Column("title", text: titles),
      Column("genres", textLists: known.map { _ in ["Drama"] } + [["Drama"], ["Horror"], ["Drama", "Horror"]]),
      Column("price", integers: known.map { _ in 10 } + [20, 30, 8]),
    ], rows: 43, key: "title")
  private static let history = [2, 5, 11].map { titles[$0] }
  private static let seen = Interactions(
    columns: [
      Column("user", text: ["ann", "ann", "ann"]), Column("title", text: history),
      Column("device", text: ["desk", "phone", "desk"]),
    ], rows: 3, roles: .init(query: "user", candidate: "title"))
  private static let ials = ImplicitALSRecipe(
    ImplicitALSObjective(unobservedWeight: 0.2, regularization: 0.01, exponent: 1))

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A model whose last three candidates have vectors by their features; the mixture was moved by two interactions.
  private func model(_ method: any MethodRecipe, hasBias: Bool, hasContext: Bool = false) throws -> Model {
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(["ann", "ben"]), counts: [3, 0]),
      candidate: Vocabulary(column: "title", values: Strings(Self.titles), counts: Self.titles.map { _ in 1 }))
    let drawn = Model(initialising: vocabularies, dimension: 8, seed: 3, from: .normal)
    let things = DescribedThings(rowsOf: Self.catalog.table, name: "the catalog")
    let features = try FeatureSet(["genres: list", "price: number"], of: things)
    let encoding = try EncodedFeatures(features, of: things).matrix
    let parts = Vectors.clustered(4, 8, seed: 7)
    let rows = SparseMatrix(
      columnCount: 3,
      rows: (40..<43).map { thing in
        (encoding.starts[thing]..<encoding.starts[thing + 1]).map {
          (column: encoding.columns[$0], value: encoding.values?[$0] ?? 1)
        }
      })
    let scaled = Matrix(rows: 3, columns: 8)
    for row in 0..<3 {
      scaled.addScaled(row: 0, of: parts, by: 0.5 + Float(row), to: row)
      for place in rows.starts[row]..<rows.starts[row + 1] {
        let weight = (0.5 + Float(row)) * (rows.values?[place] ?? 1)
        scaled.addScaled(row: 1 + Int(rows.columns[place]), of: parts, by: weight, to: row)
      }
      for column in 0..<8 { drawn.candidates[41 + row, column] = scaled[row, column] + (row == 2 ? 0.25 : 0) }
    }
    var model = Model(
      vocabularies: vocabularies, queries: drawn.queries, candidates: drawn.candidates, recipe: Recipe(method))
    model.candidatesByFeatures = CandidatesByFeatures(
      features, rows, mean: parts.row(0), part: { parts.row($0 + 1) }, scaled: scaled, numbers: [40, 41, 42],
      interactions: [0, 0, 2])
    if hasContext {
      let context = try FeatureSet(["device"], of: DescribedThings(rowsOf: Self.seen.table, name: "the interactions"))
      model.context = ContextVectors(
        context, table: Vectors.clustered(2, 8, seed: 9), inputs: drawn.queries, isNormalised: false)
    }
    return hasBias ? model.addingBias(counts: (0..<44).map { Double($0 * $0 % 17) }, weight: 0.5) : model
  }

  private func servable(_ model: Model, index: (any NearestNeighbourIndex)? = nil) throws -> Servable {
    let path = scratch.file("\(UInt32.random(in: 0...UInt32.max)).tandem")
    let exact = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try ServableExport(model: model, index: index ?? exact, catalog: Self.catalog, seen: Self.seen)
      .publish(to: path, lineage: .none, sample: "ann")
    return try Servable(path: path)
  }

  private func explanation(_ servable: Servable, _ asker: Asker, _ candidate: String) throws -> NewCandidateExplanation
  {
    guard case .newCandidate(let explanation) = try servable.explain(to: asker, candidate: candidate, limit: 3) else {
      throw ServableError.emptyHistory
    }
    return explanation
  }

  /// The parts that are no remainder.
  private func sum(_ explanation: NewCandidateExplanation) -> Float {
    explanation.terms.reduce((explanation.mean ?? 0) + explanation.popularity) { $0 + $1.value }
  }

  @Test(
    "sum to it whoever asks, over the values of its features, what all new ones have and popularity",
    arguments: [true, false])
  func sums(hasBias: Bool) throws {
    for method in [Self.ials, SoftmaxRecipe(), LinearAutoencoderRecipe()] as [any MethodRecipe] {
      let servable = try servable(model(method, hasBias: hasBias))
      let askers: [(Asker, Servable.Answer)] = [
        (.query("ann", features: [:]), try servable.recommend("ann", k: 43)),
        (.query("nobody", features: [:]), try servable.recommend("nobody", k: 43)),
        (.history(Self.history), try servable.recommend("she", history: Self.history, k: 43)),
      ]
      for (asker, answer) in askers {
        for item in answer.recommendations where item.candidate == "new drama" || item.candidate == "new horror" {
          let explanation = try explanation(servable, asker, item.candidate)
          let isDrama = item.candidate == "new drama"
          #expect(explanation.score == item.score && explanation.firstInteractions == nil && explanation.mean != nil)
          #expect(abs(sum(explanation) - item.score) < 1e-5 * max(1, abs(item.score)))
          #expect(
            Set(explanation.terms.map(\.name))
              == (isDrama ? ["genres: Drama", "price: 20"] : ["genres: Horror", "price: 30"]))
          #expect(explanation.terms.map(\.value) == explanation.terms.map(\.value).sorted(by: >))
          #expect(Set(explanation.terms.map(\.feature)) == ["genres: list", "price: number"])
          if !hasBias { #expect(explanation.popularity == 0) }
        }
      }
    }
  }

  @Test("have a term for the candidate's first interactions")
  func firstInteractions() throws {
    let model = try model(Self.ials, hasBias: true)
    let servable = try servable(model)
    let explained = try explanation(servable, .query("ann", features: [:]), "new mixture")
    let first = try #require(explained.firstInteractions)
    // Every dimension was moved by a quarter.
    let moved = (0..<8).reduce(Float(0)) { $0 + 0.25 * model.queries[1, $1] }
    #expect(first.count == 2 && abs(first.value - moved) < 1e-5 && explained.remainder == 0)
    #expect(abs(sum(explained) + first.value - explained.score) < 1e-5)
  }

  @Test("are of the query in its context")
  func context() throws {
    let servable = try servable(model(SoftmaxRecipe(), hasBias: true, hasContext: true))
    let desk = ["device": ["desk"]]
    for (asker, answer) in [
      (Asker.query("ann", features: desk), try servable.recommend(query: "ann", features: desk, k: 43)),
      (.features(desk), try servable.recommend("she", features: desk, k: 43)),
    ] {
      let item = try #require(answer.recommendations.first { $0.candidate == "new horror" })
      let explained = try explanation(servable, asker, "new horror")
      #expect(explained.score == item.score && abs(sum(explained) - item.score) < 1e-5 * max(1, abs(item.score)))
      let plain = try explanation(servable, .query("ann", features: [:]), "new horror")
      #expect(plain.score != explained.score && plain.mean != explained.mean)
    }
  }

  @Test("leave the rounding of an index's vectors as a remainder")
  func roundedIndex() throws {
    let model = try model(Self.ials, hasBias: false)
    var settings = ApproximateIndex.Settings(leaves: 2)
    settings.precision = .int8
    let index = ApproximateIndex(model.candidates, rows: 1..<model.candidates.rows, settings: settings)
    let servable = try servable(model, index: index)
    let explained = try explanation(servable, .query("ann", features: [:]), "new horror")
    #expect(explained.remainder != 0 && abs(explained.remainder) < 0.05 * abs(explained.score) + 0.01)
    #expect(abs(sum(explained) + explained.remainder - explained.score) < 1e-5)
  }

  @Test("leave those of other candidates as they were, and of a model without features of new candidates too")
  func others() throws {
    var model = try model(Self.ials, hasBias: false)
    let servable = try servable(model)
    guard
      case .history(let explained) = try servable.explain(
        to: .history(Self.history), candidate: Self.titles[7], limit: 3)
    else { throw ServableError.emptyHistory }
    #expect(explained.kind == .contributions)
    #expect(try servable.explain(to: .query("nobody", features: [:]), candidate: Self.titles[7], limit: 3) == nil)
    #expect(throws: ServableError.emptyHistory) {
      _ = try servable.explain(to: .history([]), candidate: "new drama", limit: 3)
    }
    model.candidatesByFeatures = nil
    guard
      case .history(let before) = try self.servable(model).explain(
        to: .history(Self.history), candidate: "new drama", limit: 3)
    else { throw ServableError.emptyHistory }
    #expect(before.reasons.count == 3)
  }

  @Test("are the same of a servable that is made of files")
  func files() throws {
    let model = try model(Self.ials, hasBias: true)
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try ServableExport(model: model, index: index, catalog: Self.catalog, seen: Self.seen)
      .publish(to: scratch.file("memory"), lineage: .none, sample: "ann")
    try index.publish(to: scratch.file("index"), lineage: .none)
    try Self.catalog.publish(to: scratch.file("catalog"), type: Catalog.candidates, lineage: .none)
    try Self.seen.publish(to: scratch.file("seen"), lineage: .none)
    try model.publish(to: scratch.file("model"), lineage: .none, summary: Summary())
    func file(_ name: String) throws -> ArtifactFile { try ArtifactFile(path: scratch.file(name)) }
    try ServableExport(model: file("model"), index: file("index"), catalog: file("catalog"), seen: file("seen"))
      .publish(to: scratch.file("files"), lineage: .none, sample: "ann")
    #expect(try Files.read(scratch.file("memory")) == Files.read(scratch.file("files")))
  }

  @Test("of a damaged servable give an error or a result, and never crash")
  func damaged() throws {
    let servable = try servable(model(Self.ials, hasBias: true))
    let bytes = try Files.read(servable.file.path)
    let broken = scratch.file("broken")
    var numbers = Numbers(5)
    for _ in 0..<300 {
      var copy = bytes
      copy[Int(numbers.next() % UInt64(copy.count))] ^= UInt8(1 + numbers.next() % 255)
      try Data(copy).write(to: URL(filePath: broken))
      guard let servable = try? Servable(path: broken) else { continue }
      for candidate in Self.new {
        _ = try? servable.explain(to: .query("ann", features: [:]), candidate: candidate, limit: 3)
      }
    }
  }
}
