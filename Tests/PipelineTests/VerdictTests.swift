import Foundation
import Testing

/// What a gate must not let through, and what it must, by the released programs on MovieLens 100K.
@Suite("Models that must not be served", .serialized)
struct VerdictTests {
  private static let tuned = "pipelines/movielens-100k-tuned.yaml"

  private func failing(_ pipeline: String, _ settings: [String]) throws -> String {
    let workshop = try Workshop.withReleasedPrograms()
    let result = try workshop.run(
      Workshop.runner,
      ["\(Workshop.package)/\(pipeline)", "--stages-dir", Workshop.released, "--artifacts", "artifacts"]
        + settings.flatMap { ["--set", $0] })
    #expect(result.status == 1, "\(result.said)")
    #expect(workshop.list("artifacts/serve-export").isEmpty)
    return result.said
  }

  @Test(
    "training refuses models that have learnt nothing",
    arguments: [
      (tuned, ["train.regularization=1000"], "the model has learnt nothing"),
      (tuned, ["train.regularization=20", "train.epochs=10"], "the model has learnt nothing"),
      ("pipeline.yaml", ["train.temperature=1e-30"], "the softmax is one-hot"),
      ("pipeline.yaml", ["train.temperature=1e300"], "above it is flat"),
      ("pipeline.yaml", ["train.batch-size=1"], "a pair alone has no negatives"),
    ])
  func training(pipeline: String, settings: [String], line: String) throws {
    #expect(try failing(pipeline, settings).contains(line))
  }

  @Test("training refuses weights that sum to zero, and warns of weights that few pairs have")
  func weights() throws {
    let workshop = try Workshop.withReleasedPrograms()
    var shop = Shop(seed: 9)
    for row in 0..<200 { shop.buy("user-\(row % 20)", "item-\(shop.number(below: 30))", day: row * 20) }
    let lines = shop.csv.split(separator: "\n")
    for (name, first, others, line) in [
      ("nothing", "0", "0", "the pairs weigh nothing"), ("little", "1e-30", "1e-30", "the pairs weigh nothing"),
      ("few", "1", "1e-5", "pairs weigh less than a thousandth of the heaviest"),
    ] {
      let weights = [",weight", ",\(first)"] + lines.dropFirst(2).map { _ in ",\(others)" }
      try workshop.write(zip(lines, weights).map { "\($0)\($1)\n" }.joined(), to: "\(name).csv")
      #expect(try trained(workshop, name, "--sample-weight=weight").contains(line))
    }
  }

  private func trained(_ workshop: Workshop, _ name: String, _ option: String) throws -> String {
    let outputs = ["interactions", "catalog", "users", "rejects"].flatMap { ["--output", "\($0)=\(name)-\($0)"] }
    let ingested = try workshop.run(
      "\(Workshop.released)/ingest",
      [
        "--input", "source=\(name).csv", "--format=delimited", "--query=who", "--candidate=what", "--timestamp=when",
      ] + outputs)
    #expect(ingested.status == 0, "\(ingested.error)")
    _ = try workshop.released(
      "vocab", "--input", "interactions=\(name)-interactions", "--output", "vocabularies=\(name)-vocab")
    return try workshop.released(
      "train", "--input", "train=\(name)-interactions", "--input", "vocabularies=\(name)-vocab", "--output",
      "model=\(name)-model", "--batch-size=64", option
    ).error
  }

  @Test("a model of one unit-length dimension fails the gate, though every target is in its lists")
  func oneDimension() throws {
    let said = try failing(
      "pipeline.yaml", ["train.dimension=1", "train.normalise=both", "serve-export.on-failed-verdict=refuse"])
    #expect(said.contains("the model is not worth serving: two-tower loses to popularity"))
  }

  @Test("the servable has the refit of the judged recipe on all rows and excludes seen items")
  func refit() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.tuned)
    #expect(run.said.contains("a refit of model"))
    let rated = try workshop.exported("ingest.interactions").dropFirst().reduce(into: [String: Set<String>]()) {
      let row = fields($1)
      $0[row[0], default: []].insert(row[2])
    }
    let servable = "artifacts/serve-export/latest/servable.tandem"
    let lists = try workshop.released(
      "recommend", "--all-users", "--k", "10", "--exclude-seen", "--servable", servable, "--output", "lists.csv",
      "--format", "csv")
    #expect(lists.status == 0, "\(lists.error)")
    let rows = try workshop.read("lists.csv").split(whereSeparator: \.isNewline).dropFirst().map { fields($0) }
    #expect(rows.count == 9_430)
    #expect(rows.count { row in rated[row[0]]?.contains { row.contains($0) } == true } == 0)

    // A model of another recipe is not what was judged.
    let other = try workshop.released(
      "train", "--input", "train=artifacts/ingest/latest/interactions.tandem", "--input",
      "vocabularies=artifacts/vocab/latest/vocabularies.tandem", "--output", "model=other.tandem", "--objective=ials",
      "--dimension=16", "--epochs=1")
    #expect(other.status == 0, "\(other.error)")
    let exported = try workshop.released(
      "serve-export", "--input", "model=other.tandem", "--input", "index=artifacts/index/latest/index.tandem",
      "--input", "catalog=artifacts/ingest/latest/catalog.tandem", "--input",
      "seen=artifacts/ingest/latest/interactions.tandem", "--input", "verdict=artifacts/evaluate/latest/verdict.tandem",
      "--output", "servable=other-servable.tandem")
    #expect(exported.status == 1 && exported.error.contains("evaluate the model that is exported, or export its refit"))
    for (words, line) in [
      (["--dimension=16"], "with the input \"recipe\" all params are the judged model's; leave them out"),
      (["--input", "validation=artifacts/split/latest/test.tandem"], "a refit trains as long as the judged model"),
    ] {
      let refused = try workshop.run(
        "\(Workshop.released)/train",
        [
          "--input", "train=artifacts/ingest/latest/interactions.tandem", "--input",
          "vocabularies=artifacts/vocab/latest/vocabularies.tandem", "--input",
          "recipe=artifacts/train/latest/model.tandem", "--output", "model=refused.tandem",
        ] + words)
      #expect(refused.status != 0 && refused.error.contains(line), "\(refused.error)")
    }
  }

  /// Of a CSV line; a quoted field is one.
  private func fields(_ line: Substring) -> [String] {
    var (fields, isQuoted) = ([""], false)
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  @Test("users without train rows are folded in from their history, or get popular items, everywhere")
  func strangers() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let tuned = try String(contentsOfFile: "\(Workshop.package)/\(Self.tuned)", encoding: .utf8)
    let pipeline = tuned.replacingOccurrences(of: "../", with: "\(Workshop.package)/")
      .replacingOccurrences(of: "by: random, seed: 42, train: 80000, test: 20000", with: "by: user, seed: 42")
      .replacingOccurrences(of: "test: split.test, catalog", with: "test: split.test, history: split.history, catalog")
      .replacingOccurrences(of: "model: refit.model", with: "model: train.model")
    try workshop.write(pipeline, to: "pipeline.yaml")
    let run = try workshop.run(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released, "--artifacts", "artifacts"])
    #expect(run.status == 0, "\(run.said)")
    #expect(run.said.contains("188 of 943 user_id, such as"))
    // With a vocabulary of the training part alone: .419 by hit_rate@100; with random vectors: .115.
    #expect(try workshop.metric("evaluate.metrics", "two-tower,seen-excluded,all,hit_rate,100") > 0.4)
    #expect(try workshop.released("inspect", "evaluate.metrics").output.contains("0 known, 188 folded in"))
    let folded = try #require(
      try workshop.exported("split.history").dropFirst().first.map { fields($0)[0] })
    let json = try workshop.released("recommend", folded, "nobody", "--json", "--k", "3").output
    #expect(json.contains("\"basis\":\"history\"") && json.contains("\"basis\":\"popularity\""), "\(json)")
  }
}
