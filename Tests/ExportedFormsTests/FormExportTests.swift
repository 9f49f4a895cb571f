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

  /// - Parameter features: declarations, of the columns "age", "job", "likes", "row" and "queries" of a table of users.
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
        Column("queries", text: ["a", "b", "a"]),
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

  /// A model whose query tower reads a context, and features of queries, as vectors that are added or through two layers.
  private func servableInContext(hasLayers: Bool, name: String = "servable", seed: Float = 0) throws -> Servable {
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(["ann", "ben"]), counts: [1, 1]),
      candidate: Vocabulary(column: "title", values: Strings(["Alien", "Brazil", "Dune"]), counts: [1, 1, 1]))
    var model = Model(initialising: vocabularies, dimension: 3, seed: 3)
    let (ofQuery, ofContext) = (
      try Self.features(["job"]),
      try FeatureSet(
        ["when: hour", "when: month", "device"],
        of: DescribedThings(
          rowsOf: Table(
            "interactions", rows: 2,
            columns: [Column("when", integers: [0, 90_000]), Column("device", text: ["phone", "desk"])]),
          name: "the interactions"))
    )
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { Float($0 % 11) / 4 - 1 + seed })
    }
    // An id and four features of two numbers each.
    let layers = hasLayers ? DenseLayers(.init(isNormalised: true), matrices: [matrix(13, 4), matrix(5, 3)]) : nil
    let length = hasLayers ? 2 : 3
    model.features[.query] = FeatureVectors(
      ofQuery, table: matrix(ofQuery.width, length), isNormalised: false, layers: layers)
    model.context = ContextVectors(
      ofContext, table: matrix(ofContext.width, length), inputs: matrix(3, hasLayers ? 10 : 3), isNormalised: false,
      layers: layers.map { ($0, start: 2) })
    let seen = Interactions(
      columns: [Column("user", text: ["ann", "zoe"]), Column("title", text: ["Alien", "Dune"])], rows: 2,
      roles: .init(query: "user", candidate: "title"))
    try ServableExport(
      model: model, index: ExactIndex(model.candidates, rows: 1..<model.candidates.rows),
      catalog: Catalog(columns: [Column("title", text: ["Alien", "Brazil", "Dune"])], rows: 3, key: "title"), seen: seen
    ).publish(to: scratch.file(name), lineage: lineage, sample: "ann")
    return try Servable(path: scratch.file(name))
  }

  @Test("have inputs for the context too, and the numbers of a tower that reads it", arguments: [true, false])
  func contexts(hasLayers: Bool) throws {
    let servable = try servableInContext(hasLayers: hasLayers)
    for form in ExportedForm.forOtherPrograms {
      try export(servable).publish(form, to: scratch.file("\(form.rawValue).tandem"), lineage: lineage)
      let summary = try ArtifactFile(path: scratch.file("\(form.rawValue).tandem")).header.summary
      #expect(summary.items.contains(.fact("features of queries", "job")))
      #expect(summary.items.contains(.fact("features of the context", "when, device")))
    }
    let saved = try TFSavedModel(serializedBytes: Files.read(scratch.file("saved-model/movies/1/saved_model.pb")))
    let signature = try #require(saved.metaGraphs.first?.signatureDef["query_with_features"])
    #expect(
      signature.inputs.mapValues(\.dtype) == [
        "queries": .dtString, "job": .dtString, "when": .dtDouble, "device": .dtString,
      ])
    #expect(signature.defaults.keys.sorted() == ["device", "job", "when"])
    let onnx = try ONNXModel(serializedBytes: Files.read(scratch.file("onnx/movies/1/model.onnx")))
    #expect(onnx.graph.input.map(\.name) == ["queries", "k", "exclusions", "job", "when", "device"])

    let features = try #require(try servable.featureInputs())
    #expect(features.inputs.map(\.isOfContext) == [false, true, true])
    let tables = Dictionary(uniqueKeysWithValues: features.tables.map { ($0.name, $0) })
    // 2 jobs, 24 hours, 12 months and 2 devices; 3 known queries, one of them folded in, and a row for the others.
    #expect(tables["features"]?.rows == 40 && tables["features"]?.columns == (hasLayers ? 10 : 3))
    #expect(tables["context_inputs"]?.rows == 4)
    #expect(tables["context_mask"].map { Array($0.values) } == [1, 1, 1, 0])
    #expect(
      features.tables.map(\.name).filter { $0.hasPrefix("layer") }
        == (hasLayers
          ? ["layer_1_weights", "layer_1_bias", "layer_1_gain", "layer_1_shift", "layer_2_weights", "layer_2_bias"]
          : []))
  }

  @Test(
    "hold what they have to hold bit by bit, and are refused if they do not", arguments: ExportedForm.forOtherPrograms)
  func tables(form: ExportedForm) throws {
    let (own, other) = (
      try servableInContext(hasLayers: true), try servableInContext(hasLayers: true, name: "other", seed: 0.5)
    )
    let features = try #require(try own.featureInputs())
    let written: WrittenForm
    switch form {
    case .native: return
    case .savedModel:
      try SavedModelWriter(own.tables, k: 3, names: .tandem, features: features).write(to: scratch.file("tree"))
      written = try .savedModel(scratch.file("tree"), dimension: 3, features: features)
    case .onnx:
      try ONNXWriter(own.tables, k: 3, features: features).write(to: scratch.file("tree"))
      written = try .onnx(scratch.file("tree"), dimension: 3, features: features)
    }
    #expect(written.tables.count == 9 && zip(features.tables, written.tables).allSatisfy { $1.holds($0) })
    let others = try #require(try other.featureInputs()).tables
    // The mask alone is the same.
    #expect(zip(others, written.tables).count { $1.holds($0) } == 1)
  }

  @Test("hold features that can be compared with each value, and no others")
  func unreadable() throws {
    let set = try Self.features(
      ["age", "job: words at-least 1", "likes", "row: category hash 4", "age: category", "age: hour"])
    #expect(FeatureInputs.unreadable(set) == ["job: words at-least 1", "row: category hash 4", "age: category"])
    let servable = try servable(features: ["row"])
    #expect(throws: ExportedFormError.takenName(form: "onnx", feature: "row")) {
      try export(servable).publish(.onnx, to: scratch.file("o.tandem"), lineage: lineage)
    }
    try export(servable).publish(.savedModel, to: scratch.file("s.tandem"), lineage: lineage)
  }

  @Test("a feature cannot have the name of the ids' input", arguments: ExportedForm.forOtherPrograms)
  func taken(form: ExportedForm) throws {
    let servable = try servable(features: ["queries"])
    #expect(throws: ExportedFormError.takenName(form: form.rawValue, feature: "queries")) {
      try export(servable).publish(form, to: scratch.file("x.tandem"), lineage: lineage)
    }
  }

  @Test("a model's name must be a valid folder name", arguments: ["", "..", "a/b", "-x", "ü", "a b"])
  func names(name: String) throws {
    #expect(throws: ServableError.invalidModelName(name)) { try ModelName(name) }
  }
}
