import Foundation
import Testing

/// A recipe of several models, from the search that finds it to the model of all rows.
@Suite("An ensemble that tune found for the example shop", .serialized)
struct TunedEnsembleTests {
  private let workshop: Workshop
  private static let learning = ["train", "vocabularies"].map { ["--input", "\($0)=\($0).tandem"] }.flatMap { $0 }

  /// Prepares the shop, and searches with one seed after another until several models are ahead of one.
  init() throws {
    workshop = try Workshop.withReleasedPrograms()
    try run(
      "ingest", "--input", "source=\(Workshop.package)/Examples/shop", "--format", "delimited", "--interactions-file",
      "orders.csv", "--query", "customer", "--candidate", "product", "--timestamp", "ordered at", "--weight",
      "quantity", "--on-bad-row", "skip", "--catalog-file", "products.csv",
      "--output", "interactions=interactions.tandem", "--output", "catalog=catalog.tandem",
      "--output", "users=users.tandem", "--output", "rejects=rejects.tandem")
    try run(
      "vocab", "--input", "interactions=interactions.tandem", "--input", "catalog=catalog.tandem", "--output",
      "vocabularies=vocabularies.tandem")
    try run(
      "split", "--input", "interactions=interactions.tandem", "--by", "random", "--output", "train=train.tandem",
      "--output", "test=test.tandem")
    var isFound = false
    for seed in 1...12 where !isFound {
      let recipe = "recipe-\(seed).tandem"
      try run("tune", Self.learning + ["--trials", "4", "--seed", "\(seed)", "--output", "recipe=\(recipe)"])
      isFound = try workshop.released("inspect", recipe).output.contains("members in ")
      if isFound { try FileManager.default.moveItem(atPath: path(recipe), toPath: path("recipe.tandem")) }
    }
    #expect(isFound)
  }

  private func path(_ name: String) -> String { "\(workshop.folder)/\(name)" }

  private func run(_ program: String, _ arguments: String...) throws { try run(program, arguments) }

  private func run(_ program: String, _ arguments: [String]) throws {
    let result = try workshop.run("\(Workshop.released)/\(program)", arguments)
    #expect(result.status == 0, "\(result.said)")
  }

  private func train(_ arguments: String...) throws -> Workshop.Result {
    try workshop.run(
      "\(Workshop.released)/train", Self.learning + ["--input", "recipe=recipe.tandem"] + arguments)
  }

  @Test("becomes one model, the same on any number of threads, and is trained on all rows")
  func trained() throws {
    for threads in ["1", "2"] {
      let result = try train("--threads", threads, "--output", "model=model-\(threads).tandem")
      #expect(result.status == 0, "\(result.said)")
    }
    let model = try Data(contentsOf: URL(filePath: path("model-1.tandem")))
    #expect(try Data(contentsOf: URL(filePath: path("model-2.tandem"))) == model)
    try run(
      "train", "--input", "train=interactions.tandem", "--input", "vocabularies=vocabularies.tandem", "--input",
      "recipe=model-1.tandem", "--output", "model=refit.tandem")
    #expect(try workshop.released("inspect", "refit.tandem").output.contains("refit of: "))
    try explainsNewProduct()
  }

  /// Gives the product that nobody bought a vector of the members' dimensions together, and explains its score.
  private func explainsNewProduct() throws {
    try run(
      "vocab", "--input", "interactions=interactions.tandem", "--input", "catalog=catalog.tandem",
      "--candidate-features", "auto", "--output", "vocabularies=described.tandem")
    try run(
      "cold-start", "--input", "model=refit.tandem", "--input", "vocabularies=described.tandem", "--input",
      "catalog=catalog.tandem", "--input", "train=interactions.tandem", "--lengths", "natural", "--output",
      "model=cold.tandem")
    try run("index", "--input", "model=cold.tandem", "--output", "index=index.tandem")
    try run(
      "serve-export", "--input", "model=cold.tandem", "--input", "index=index.tandem", "--input",
      "catalog=catalog.tandem", "--input", "seen=interactions.tandem", "--output", "servable=servable.tandem")
    let explained = try workshop.explained("Cold frame", ["customer-12", "--k", "40"], servable: "servable.tandem")
    #expect(explained.features?.contains { $0.name == "department: Garden" && $0.value != 0 } == true)
  }

  @Test("refuses by name what only a model alone can do")
  func refusals() throws {
    func said(_ arguments: String...) throws -> String {
      let result = try workshop.run(
        "\(Workshop.released)/train",
        Self.learning + ["--input", "recipe=recipe.tandem", "--output", "model=none.tandem"] + arguments)
      #expect(result.status != 0 && !workshop.list("").contains("none.tandem"))
      return result.error
    }
    #expect(try said("--audit").contains("--audit: the recipe has "))
    #expect(try said("--output", "state=state.tandem").contains("--output state: the recipe has "))
  }
}
