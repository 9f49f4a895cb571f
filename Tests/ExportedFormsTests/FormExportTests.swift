import Artifacts
import CandidateIndex
import Features
import Interactions
import Kernels
import Servable
import ServingMessages
import SwiftProtobuf
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import ExportedForms

@Suite("Exported forms")
struct FormExportTests {
  private let scratch: Scratch
  private let lineage = Lineage(stage: "serve-export", stageVersion: 1)

  init() throws { scratch = try Scratch() }

  /// - Parameter features: declarations, of the columns "age", "job", "likes" and "row" of a table of users.
  private func servable(
    users: Int = 5, titles: Int = 7, name: String = "servable", features: [String] = []
  ) throws -> Servable {
    func names(_ count: Int, _ prefix: String) -> [String] { (0..<count).map { "\(prefix) \(1000 + $0) ü" } }
    var model = Model(
      initialising: Vocabularies(
        query: Vocabulary(
          column: "user", values: Strings(names(users, "u")), counts: [Int64](repeating: 1, count: users)),
        candidate: Vocabulary(
          column: "title", values: Strings(names(titles, "t")), counts: [Int64](repeating: 1, count: titles))),
      dimension: 6, seed: 3)
    if !features.isEmpty {
      let set = try Self.features(features)
      model.features[.query] = FeatureVectors(
        set, table: Matrix(rows: set.width, columns: 6, values: (0..<set.width * 6).map { Float($0 % 7) - 3 }),
        isNormalised: true)
    }
    let seen = Interactions(
      columns: [Column("user", text: ["u 1000 ü"]), Column("title", text: ["t 1000 ü"])], rows: 1,
      roles: .init(query: "user", candidate: "title"))
    try ServableExport(
      model: model, index: ExactIndex(model.candidates, rows: 1..<model.candidates.rows),
      catalog: Catalog(columns: [Column("title", text: names(titles, "t"))], rows: titles, key: "title"), seen: seen
    ).publish(to: scratch.file(name), lineage: lineage, sample: "u 1001 ü")
    return try Servable(path: scratch.file(name))
  }

  private static func features(_ declarations: [String]) throws -> FeatureSet {
    let table = Table(
      "users", rows: 3,
      columns: [
        Column("age", integers: [20, 30, nil]), Column("job", text: ["nurse", "pilot", "nurse"]),
        Column("likes", textLists: [["tea"], ["tea", "chess"], []]), Column("row", text: ["a", "b", "a"]),
      ])
    return try FeatureSet(declarations, of: DescribedThings(table, name: "the users", numbers: [0, 1, 2], count: 3))
  }

  private func export(_ servable: Servable, k: Int = 3, names: SignatureNames = .tandem) throws -> FormExport {
    try FormExport(servable, k: k, names: names, modelName: ModelName("movies"))
  }

  @Test(
    "are a tree that its manifest describes byte by byte, the same in every run",
    arguments: ExportedForm.forOtherPrograms)
  func tree(form: ExportedForm) throws {
    let servable = try servable()
    for name in ["one", "two"] {
      try export(servable).publish(form, to: scratch.file("\(name).tandem"), lineage: lineage)
    }
    let (one, two) = try (
      ArtifactFile(path: scratch.file("one.tandem")), ArtifactFile(path: scratch.file("two.tandem"))
    )
    try one.verify()
    #expect(one.digest == two.digest)
    let entries = try ArtifactTree.entries(of: one)
    #expect(entries.map(\.path).allSatisfy { $0.hasPrefix("movies/1/") })
    for entry in entries {
      #expect(Files.size(scratch.file("one/\(entry.path)")) == entry.size)
    }
    let last = try #require(entries.last).path
    let sound = try Files.read(scratch.file("one/\(last)"))
    Files.remove(scratch.file("one/\(last)"))
    #expect(throws: FileError.self) { try one.verify() }
    try Files.publish(sound.map { $0 ^ 1 }, to: scratch.file("one/\(last)"), replacing: false)
    #expect(throws: FileError.self) { try one.verify() }
    try Files.publish(sound, to: scratch.file("one/\(last)"), replacing: true)
    try one.verify()
    try Files.publish([1], to: scratch.file("one/movies/more"), replacing: false)
    #expect(throws: FileError.self) { try one.verify() }
  }

  @Test("the size of a SavedModel's graph does not depend on the catalog")
  func size() throws {
    try SavedModelWriter(servable().tables, k: 3, names: .tandem).write(to: scratch.file("small"))
    try SavedModelWriter(servable(users: 300, titles: 500, name: "large").tables, k: 3, names: .tandem)
      .write(to: scratch.file("large-model"))
    let (small, large) = (
      Files.size(scratch.file("small/saved_model.pb")), Files.size(scratch.file("large-model/saved_model.pb"))
    )
    #expect(abs(small - large) < 64)
  }

  @Test(
    "are refused if their results differ from the servable's",
    arguments: ExportedForm.forOtherPrograms)
  func wrong(form: ExportedForm) throws {
    let (own, other) = try (servable(), servable(users: 5, titles: 8, name: "other"))
    let tables = other.tables
    let written: WrittenForm
    switch form {
    case .native: return
    case .savedModel:
      try SavedModelWriter(tables, k: 3, names: .tandem).write(to: scratch.file("tree"))
      written = try .savedModel(scratch.file("tree"), dimension: tables.dimension)
    case .onnx:
      try ONNXWriter(tables, k: 3).write(to: scratch.file("tree"))
      written = try .onnx(scratch.file("tree"), dimension: tables.dimension)
    }
    #expect(throws: ExportedFormError.self) { try FormCheck(servable: own, k: 8).check(written, name: form.rawValue) }
    _ = try FormCheck(servable: other, k: 8).check(written, name: form.rawValue)
  }

  @Test("signatures have the requested names")
  func signatures() throws {
    for names in SignatureNames.allCases {
      try SavedModelWriter(servable(name: names.rawValue).tables, k: 3, names: names)
        .write(to: scratch.file("m-\(names)"))
      let model = try TFSavedModel(serializedBytes: Files.read(scratch.file("m-\(names)/saved_model.pb")))
      let signature = try #require(model.metaGraphs.first?.signatureDef["serving_default"])
      #expect(signature.inputs.keys.sorted() == (names == .tandem ? ["queries"] : ["input_1"]))
      #expect(
        signature.outputs.keys.sorted() == (names == .tandem ? ["identifiers", "scores"] : ["output_1", "output_2"]))
    }
  }

  @Test("an ONNX model is one message, however many parts it was written in")
  func message() throws {
    try ONNXWriter(servable().tables, k: 30).write(to: scratch.file("onnx"))
    let model = try ONNXModel(serializedBytes: Files.read(scratch.file("onnx/model.onnx")))
    #expect(model.graph.node.first?.opType == "LabelEncoder")
    let keys = model.graph.node.first?.attribute.first { $0.name == "keys_strings" }
    #expect(keys?.strings.map { String(decoding: $0, as: UTF8.self) } == (0..<5).map { "u \(1000 + $0) ü" })
    let values = model.graph.node.first?.attribute.first { $0.name == "values_int64s" }
    #expect(values?.ints == [1, 2, 3, 4, 5])
    #expect(model.graph.initializer.first { $0.name == "titles" }?.stringData.count == 7)
    #expect(model.graph.input.map(\.name) == ["queries", "k", "exclusions"])
  }

  @Test("have an input for each column of features, with a value for what is missing")
  func features() throws {
    let servable = try servable(features: ["age: buckets 2", "job", "likes", "age: number"])
    for form in ExportedForm.forOtherPrograms {
      try export(servable).publish(form, to: scratch.file("\(form.rawValue).tandem"), lineage: lineage)
    }
    let saved = try TFSavedModel(serializedBytes: Files.read(scratch.file("saved-model/movies/1/saved_model.pb")))
    let signature = try #require(saved.metaGraphs.first?.signatureDef["query_with_features"])
    #expect(
      signature.inputs.mapValues(\.dtype) == [
        "queries": .dtString, "age": .dtDouble, "job": .dtString, "likes": .dtString,
      ])
    #expect(signature.inputs["likes"]?.tensorShape.dim.count == 2)
    #expect(signature.defaults.keys.sorted() == ["age", "job", "likes"])
    let onnx = try ONNXModel(serializedBytes: Files.read(scratch.file("onnx/movies/1/model.onnx")))
    #expect(onnx.graph.input.map(\.name) == ["queries", "k", "exclusions", "age", "job", "likes"])
    let constants = onnx.graph.initializer.map(\.name)
    #expect(["age", "job", "likes", "features"].allSatisfy(constants.contains))
  }

  @Test("hold features that can be compared with each value, and no others")
  func unreadable() throws {
    let set = try Self.features(["age", "job: words at-least 1", "likes", "row: category hash 4", "age: category"])
    #expect(FeatureInputs.unreadable(set) == ["job: words at-least 1", "row: category hash 4", "age: category"])
    let servable = try servable(features: ["row"])
    #expect(throws: ExportedFormError.takenName(form: "onnx", feature: "row")) {
      try export(servable).publish(.onnx, to: scratch.file("o.tandem"), lineage: lineage)
    }
    try export(servable).publish(.savedModel, to: scratch.file("s.tandem"), lineage: lineage)
  }

  @Test("a model's name must be a valid folder name", arguments: ["", "..", "a/b", "-x", "ü", "a b"])
  func names(name: String) throws {
    #expect(throws: ServableError.invalidModelName(name)) { try ModelName(name) }
  }
}
