import Foundation
import Testing

/// Lists of all users as a stage of a pipeline, by the released programs.
@Suite("bulk-recommend in a pipeline", .serialized)
struct BulkRecommendTests {
  /// - Parameter fields: further lines of the stage `lists`.
  private func pipeline(_ workshop: Workshop, params: String, fields: [String] = []) throws {
    try workshop.write(
      """
      sources:
        orders: { path: orders.csv }
      stages:
        ingest:
          inputs: { source: sources.orders }
          params: { format: delimited, query: who, candidate: what, timestamp: when }
        vocab:
          inputs: { interactions: ingest.interactions }
        split:
          inputs: { interactions: ingest.interactions }
          params: { by: time, test: 400 }
        train:
          inputs: { train: split.train, vocabularies: vocab.vocabularies }
          params: { objective: ials, dimension: 8, epochs: 2 }
        evaluate:
          inputs: { model: train.model, train: split.train, test: split.test }
        index:
          inputs: { model: train.model, catalog: ingest.catalog }
        serve-export:
          inputs:
            { model: train.model, index: index.index, catalog: ingest.catalog, seen: split.train,
              verdict: evaluate.verdict }
          params: { sample: customer-1, on-failed-verdict: warn }
        lists:
          program: bulk-recommend
          inputs: { servable: serve-export.servable }
          params: { \(params) }
          \(fields.joined(separator: "\n    "))
        those-of-test:
          program: bulk-recommend
          inputs: { servable: serve-export.servable, users: split.test }
          params: { k: 3 }

      """, to: "pipeline.yaml")
  }

  private func run(_ workshop: Workshop, _ words: String...) throws -> Workshop.Result {
    try workshop.run(Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + words)
  }

  /// A workshop with the data of a shop and a link to each released program.
  private func shop() throws -> Workshop {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Shop.repeats().csv, to: "orders.csv")
    for program in ["ingest", "vocab", "split", "train", "evaluate", "index", "serve-export", "bulk-recommend"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(workshop.folder)/programs/\(program)", withDestinationPath: "\(Workshop.released)/\(program)")
    }
    return workshop
  }

  private func bytes(_ workshop: Workshop, _ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(workshop.folder)/\(name)"))
  }

  @Test("makes the lists that recommend --all-users does, in blocks of which one is killed")
  func killedBlock() throws {
    let workshop = try shop()
    let stage = "\(workshop.folder)/programs/bulk-recommend"
    // The second block is killed in its first attempt.
    try FileManager.default.removeItem(atPath: stage)
    try workshop.write(
      """
      #!/bin/sh
      case "$* " in *"--block 2 "*)
        if ! [ -e \(workshop.folder)/killed ]; then touch \(workshop.folder)/killed; kill -9 $$; fi;;
      esac
      exec \(Workshop.released)/bulk-recommend "$@"

      """, to: "programs/bulk-recommend", executable: true)
    try pipeline(workshop, params: "k: 7, exclude-seen: true, exclude: [good-1]", fields: ["blocks: 3"])
    let killed = try run(workshop)
    #expect(killed.status == 1 && killed.error.contains("lists failed"), "\(killed.said)")
    let made = try run(workshop)
    #expect(made.status == 0, "\(made.said)")
    #expect(made.error.contains("block 1: bulk-recommend: this block was done before"), "\(made.error)")
    #expect(made.said.contains("lists:") && made.said.contains("queries: 150"), "\(made.said)")
    #expect(workshop.list("artifacts/lists").filter { $0.hasPrefix(".") }.isEmpty)

    let servable = "artifacts/serve-export/latest/servable.tandem"
    func recommend(_ format: String) throws {
      let result = try workshop.released(
        "recommend", "--all-users", "--servable", servable, "--k", "7", "--exclude-seen", "--exclude", "good-1",
        "--format", format, "--output", "all.\(format)", "--threads", "3")
      #expect(result.status == 0, "\(result.said)")
    }
    try recommend("artifact")
    let same = try workshop.released("inspect", "diff", "lists", "all.artifact")
    #expect(same.status == 0, "\(same.said)")
    try recommend("csv")
    #expect(
      try workshop.released("inspect", "lists", "--export", "csv", "--to", "lists.csv").status == 0
        && bytes(workshop, "lists.csv") == bytes(workshop, "all.csv"))
    // Neither blocks nor threads are in the key, and a stage that is not divided makes the same.
    try pipeline(workshop, params: "k: 7, exclude-seen: true, exclude: [good-1]")
    #expect(try run(workshop).error.contains("hit    lists"))
    let forced = try run(workshop, "--force", "--only", "lists", "--threads", "1")
    #expect(try workshop.record().results["lists"] == "kept", "\(forced.said)")
  }

  @Test("asks the users of a table alone, and by hand makes again what a block left damaged")
  func someUsers() throws {
    let workshop = try shop()
    try pipeline(workshop, params: "k: 5, only: [what=good-1]")
    let made = try run(workshop)
    #expect(made.status == 1 && made.error.contains("no field \"what\""), "\(made.said)")
    try pipeline(workshop, params: "k: 5")
    let again = try run(workshop)
    #expect(again.status == 0, "\(again.said)")
    let asked = Set(try workshop.exported("split.test").dropFirst().map { $0.split(separator: ",")[0] })
    let rows = try workshop.exported("those-of-test").dropFirst().map { $0.split(separator: ",") }
    let listed = Set(rows.map { $0[0] })
    #expect(!listed.isEmpty && listed.isSubset(of: asked) && rows.count == 3 * listed.count)

    let words = [
      "--input", "servable=artifacts/serve-export/latest/servable.tandem", "--output", "recommendations=lists.tandem",
      "--k", "5",
    ]
    let program = "\(Workshop.released)/bulk-recommend"
    let alone = try workshop.run(program, words)
    #expect(alone.status == 0 && alone.error.contains("candidates in some list:"), "\(alone.said)")
    #expect(workshop.list("").filter { $0.hasPrefix("lists.") } == ["lists.tandem"])
    #expect(try bytes(workshop, "lists.tandem") == bytes(workshop, "artifacts/lists/latest/recommendations.tandem"))
    let others = ["--input", words[1], "--output", "recommendations=other.tandem"]
    // All of them are known.
    let named = try workshop.run(
      program,
      words.map { $0 == words[3] ? "recommendations=named.tandem" : $0 }
        + ["--input", "users=artifacts/ingest/latest/users.tandem"])
    #expect(named.status == 0, "\(named.said)")
    #expect(try workshop.released("inspect", "diff", "named.tandem", "lists.tandem").status == 0)

    let divided = ["--input", words[1], "--k", "5", "--work", "work", "--blocks", "2"]
    for block in ["1", "2"] { #expect(try workshop.run(program, divided + ["--block", block]).status == 0) }
    try workshop.write("no lists", to: "work/lists/0-75/0")
    let joined = try workshop.run(program, divided + ["--output", "recommendations=joined.tandem"])
    #expect(joined.status == 0, "\(joined.said)")
    #expect(try bytes(workshop, "joined.tandem") == bytes(workshop, "lists.tandem") && workshop.list("work").isEmpty)

    for (wrong, reason) in [
      (["--only", "genre"], "--only is \"genre\"; give a field and a value"),
      (["--k", "0"], "--k is 0; give at least 1"),
    ] {
      let refused = try workshop.run(program, others + wrong + ["--check"])
      #expect(refused.status == 64 && refused.error.contains(reason), "\(refused.said)")
    }
    let unknown = try workshop.run(program, others + ["--exclude", "good-01"])
    #expect(unknown.status == 1 && unknown.error.contains("no candidate \"good-01\"; did you mean"), "\(unknown.said)")
  }
}
