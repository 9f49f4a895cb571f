import Artifacts
import CanonicalJSON
import Foundation
import Testing

@Suite("A tower with features")
struct FeatureTowerTests {
  private static let pipeline = "pipelines/movielens-100k-features.yaml"

  private struct Answer: Decodable {
    struct Item: Decodable { let candidate: String }

    let recommendations: [Item]
  }

  @Test("on MovieLens 100K recommends movies that training never saw, by their genres and years")
  func movies() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline)
    #expect(run.said.contains("the model's own tower gives their vectors by its features"))
    func auc(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-excluded,all,auc")
    }
    // Chance is 0.5; single splits of movies differ by some 0.03.
    #expect(try auc("two-tower") > 0.7)
    #expect(try abs(auc("random") - 0.5) < 0.03)
    #expect(try auc("two-tower") > auc("content-knn") && auc("content-knn") > 0.55 && auc("feature-popularity") > 0.55)
    let inspected = try workshop.released("inspect", "train.model", "--artifacts", "artifacts").output
    #expect(inspected.contains("features of the candidate tower") && inspected.contains("release_year: category"))
    let learnt = Set(try workshop.exported("train.model", "--table", "candidates", "--artifacts", "artifacts"))
    let all = try workshop.exported("cold-start.model", "--table", "candidates", "--artifacts", "artifacts")
    #expect(all.count > learnt.count + 300)
    let result = try workshop.run(
      "\(Workshop.released)/recommend", ["42", "196", "13", "--k", "50", "--exclude-seen", "--json"])
    #expect(result.status == 0, "\(result.error)")
    let known = Set(learnt.map { $0.split(separator: ",").dropLast().joined(separator: ",") })
    let answers = try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8))
    let new = answers.flatMap(\.recommendations).count { !known.contains(Self.quoted($0.candidate)) }
    #expect(answers.count == 3 && new > 5, "\(new) of 150 are new")
    let explained = try workshop.released("recommend", "42", "196", "13", "--k", "50", "--exclude-seen", "--explain")
    #expect(explained.output.contains("  genres: ") && explained.output.contains("  release_year: "))
  }

  /// A field as CSV has it.
  private static func quoted(_ text: String) -> String {
    guard text.contains(",") || text.contains("\"") else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  @Test("is the same on any number of threads, and asks for features where none are declared")
  func deterministic() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let set = ["--set", "train.epochs=3"]
    try workshop.run(pipeline: Self.pipeline, set + ["--threads", "1"])
    try workshop.run(pipeline: Self.pipeline, set + ["--threads", "3", "--force"])
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" })
    let bare = try workshop.run(
      Workshop.runner,
      [
        "\(Workshop.package)/\(Self.pipeline)", "--stages-dir", Workshop.released, "--artifacts", "bare", "--set",
        "vocab.candidate-features=[]",
      ])
    #expect(bare.status != 0)
    #expect(bare.said.contains("candidate-tower=sum: the vocabularies hold no features"), "\(bare.said)")
  }

  @Test("with dense layers is judged, searched and answers unknown users by their features, without explaining them")
  func deep() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let pipeline = "pipelines/movielens-100k-deep.yaml"
    let set = ["--set", "train.epochs=40"]
    let run = try workshop.run(pipeline: pipeline, set + ["--threads", "1"])
    #expect(run.said.contains("dense layers make the vectors of new candidates, so that their scores are no sums"))
    func recall(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-excluded,all,recall,20")
    }
    #expect(try recall("two-tower") > recall("popularity"))
    let features = ["--feature", "age=24", "--feature", "occupation=student", "--k", "5"]
    let byValue = try workshop.run("\(Workshop.released)/recommend", features + ["--json"])
    #expect(byValue.status == 0 && byValue.output.contains("\"basis\":\"features\""), "\(byValue.error)")
    let explained = try workshop.run("\(Workshop.released)/recommend", features + ["--explain"])
    #expect(explained.status != 0 && explained.error.contains("has dense layers, so a score is no sum over features"))
    try workshop.run(pipeline: pipeline, set + ["--threads", "3", "--force"])
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" }, "the same bytes on three threads")
    let forms = try workshop.run(
      Workshop.runner,
      [
        "\(Workshop.package)/\(pipeline)", "--stages-dir", Workshop.released, "--artifacts", "artifacts", "--set",
        "train.epochs=40", "--set", "serve-export.forms=[native, saved-model]",
      ])
    #expect(forms.status == 0, "\(forms.said)")
  }

  @Test("is found by tune where features tell what belongs together, and trained alone and as a member of an ensemble")
  func tuned() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Shop.coursesOfEqualSeats().csv, to: "shop/orders.csv")
    let courses = (0..<24).flatMap { field in (0..<8).map { "course-\(field)-\($0),\(field)" } }
    try workshop.write("what,field\n" + courses.joined(separator: "\n") + "\n", to: "shop/products.csv")
    func run(_ program: String, _ words: String) throws -> Workshop.Result {
      try workshop.run(
        "\(Workshop.released)/\(program)", words.split(whereSeparator: \.isWhitespace).map(String.init))
    }
    func made(_ program: String, _ words: String) throws -> String {
      let result = try run(program, words)
      #expect(result.status == 0, "\(result.said)")
      return result.said
    }
    _ = try made(
      "ingest",
      """
      --input source=shop --format delimited --interactions-file orders.csv --query who --candidate what
      --catalog-file products.csv --output interactions=interactions.tandem --output catalog=catalog.tandem
      --output users=users.tandem --output rejects=rejects.tandem
      """)
    let vocabularies = "--input interactions=interactions.tandem --input catalog=catalog.tandem"
    _ = try made("vocab", "\(vocabularies) --candidate-features auto --output vocabularies=vocabularies.tandem")
    _ = try made("vocab", "\(vocabularies) --output vocabularies=bare.tandem")
    _ = try made(
      "split",
      "--input interactions=interactions.tandem --by random --train 500 --test 100 --output train=train.tandem --output test=test.tandem"
    )
    let learning = "--input train=train.tandem --input vocabularies=vocabularies.tandem"
    let said = try made(
      "tune", "\(learning) --families softmax --families ials --trials 2 --output recipe=recipe.tandem")
    #expect(said.contains("1 of 3 trials read features of candidates"))
    let recipe = try workshop.released("inspect", "recipe.tandem").output
    #expect(recipe.contains("features: read by the recipe; the best softmax with candidate-tower sum"), "\(recipe)")
    _ = try made("train", "\(learning) --input recipe=recipe.tandem --output model=model.tandem")
    #expect(try workshop.released("inspect", "model.tandem").output.contains("features of the candidate tower"))
    _ = try made("tune", "\(learning) --features false --trials 1 --output recipe=alone.tandem")

    try Self.publishEnsemble(of: workshop, to: "\(workshop.folder)/ensemble.tandem")
    for threads in [1, 3] {
      _ = try made(
        "train", "\(learning) --input recipe=ensemble.tandem --threads \(threads) --output model=both-\(threads).tandem"
      )
    }
    let model = try Data(contentsOf: URL(filePath: "\(workshop.folder)/both-1.tandem"))
    #expect(try Data(contentsOf: URL(filePath: "\(workshop.folder)/both-3.tandem")) == model)
    #expect(try workshop.released("inspect", "both-1.tandem").output.contains("weight 1.0: candidate-tower sum, "))
    let bare = try run(
      "train",
      "--input train=train.tandem --input vocabularies=bare.tandem --input recipe=ensemble.tandem --output model=no"
    )
    #expect(bare.status != 0)
    #expect(bare.said.contains("candidate-tower=sum: the vocabularies hold no features"), "\(bare.said)")
  }

  /// Publishes the recipe of two models, one of which reads features, as `tune` publishes it.
  private static func publishEnsemble(of workshop: Workshop, to path: String) throws {
    let description = try JSON.parse(Array(workshop.released("train", "--describe").output.utf8))
    let members: JSON = [
      ["weight": 1, "params": ["objective": "softmax", "negatives": "all", "candidate-tower": "sum", "epochs": 5]],
      ["weight": .number(0.5), "params": ["objective": "ials", "dimension": 16, "epochs": 2]],
    ]
    try ArtifactWriter(
      path: path, type: ArtifactType("recipe", version: 2),
      schema: [
        "program": "train", "program_version": try #require(description["version"]), "params": [:],
        "ensemble": ["dimension": 24, "members": members],
      ]
    ).publish(lineage: Lineage(stage: "tune", stageVersion: 5), summary: Summary())
  }

  @Test("of users answers those whom training never saw by their features, by id and by value, in every form that can")
  func users() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let pipeline = "pipelines/movielens-100k-users.yaml"
    try workshop.run(pipeline: pipeline)
    func hits(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-excluded,all,hit_rate,100")
    }
    let judged = try workshop.released("inspect", "evaluate", "--artifacts", "artifacts").output
    #expect(judged.contains("0 known, 0 folded in from their history, 94 by their features, 0 unknown"))
    #expect(try hits("two-tower") > hits("popularity") && hits("popularity") > 3 * hits("random"))
    let vocabularies = try workshop.released("inspect", "vocab", "--artifacts", "artifacts").output
    #expect(vocabularies.contains("query feature occupation: 21 values"), "\(vocabularies)")
    let trained = try workshop.released("inspect", "train.model", "--artifacts", "artifacts").output
    #expect(trained.contains("features of the query tower"))

    let known = Set(
      try workshop.exported("train.model", "--table", "queries", "--artifacts", "artifacts").map {
        String($0.prefix { $0 != "," })
      })
    let new = try #require((1...943).map { "\($0)" }.first { !known.contains($0) })
    let byID = try workshop.run("\(Workshop.released)/recommend", [new, "--k", "5", "--json"])
    #expect(byID.status == 0 && byID.output.contains("\"basis\":\"features\""), "\(byID.output) \(byID.error)")
    let byValue = try workshop.run(
      "\(Workshop.released)/recommend",
      ["--feature", "age=24", "--feature", "occupation=student", "--feature", "gender=F", "--k", "5", "--json"])
    #expect(byValue.status == 0 && byValue.output.contains("\"basis\":\"features\""), "\(byValue.error)")
    let explained = try workshop.run(
      "\(Workshop.released)/recommend",
      ["--feature", "age=24", "--feature", "occupation=student", "--k", "1", "--explain"])
    #expect(explained.output.contains("  age: buckets 8") && explained.output.contains("  occupation"))
    #expect(!explained.output.contains("gender"), "not given")
    let odd = try workshop.run(
      "\(Workshop.released)/recommend", ["--feature", "age=24", "--feature", "occupation=wizard", "--k", "1"])
    #expect(odd.status == 0 && odd.error.contains("the model knows no occupation=wizard; left out"), "\(odd.error)")
    let wrong = try workshop.run("\(Workshop.released)/recommend", ["--feature", "job=student"])
    #expect(wrong.status != 0)
    #expect(wrong.error.contains("There are \"age\", \"gender\", \"occupation\""), "\(wrong.error)")

    let forms = try workshop.run(
      Workshop.runner,
      [
        "\(Workshop.package)/\(pipeline)", "--stages-dir", Workshop.released, "--artifacts", "artifacts", "--set",
        "serve-export.forms=[native, saved-model, onnx]",
      ])
    #expect(forms.status == 0, "\(forms.said)")
    for form in ["saved-model", "onnx"] {
      let inspected = try workshop.released("inspect", "serve-export.\(form)", "--artifacts", "artifacts").output
      #expect(inspected.contains("features of queries: age, gender, occupation"), "\(inspected)")
    }
    let hashed = try workshop.run(
      Workshop.runner,
      [
        "\(Workshop.package)/\(pipeline)", "--stages-dir", Workshop.released, "--artifacts", "hashed", "--set",
        "serve-export.forms=[native, onnx]", "--set", "train.epochs=1", "--set",
        "vocab.query-features=[age, \"occupation: category hash 8\"]",
      ])
    #expect(hashed.status != 0)
    #expect(
      hashed.said.contains(
        "forms has onnx, which cannot read features by which the model answers (occupation: category hash 8)"),
      "\(hashed.said)")
  }
}
