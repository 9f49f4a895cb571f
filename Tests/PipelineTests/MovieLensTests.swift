import Foundation
import Testing

/// The whole flow on the real data, by the released programs (`Scripts/test` builds them and fetches the data).
@Suite("The tutorial on MovieLens 100K")
struct MovieLensTests {
  private static let programs = Workshop.released

  private func workshop() throws -> Workshop { try Workshop.withReleasedPrograms() }

  private func run(_ workshop: Workshop, _ arguments: String..., pipeline: String = "pipeline.yaml") throws
    -> Workshop.Result
  {
    try workshop.run(pipeline: pipeline, arguments)
  }

  private func program(_ workshop: Workshop, _ name: String, _ arguments: String...) throws -> Workshop.Result {
    try workshop.run("\(Self.programs)/\(name)", arguments)
  }

  private struct Inspected: Decodable {
    struct Metric: Decodable {
      let model, metric, slice: String
      let seenProtocol: String
      let k: Int?
      let value: Double

      enum CodingKeys: String, CodingKey {
        case model, metric, slice, k, value
        case seenProtocol = "protocol"
      }
    }

    struct Item: Decodable {
      let title: String?
      let points: [Double]?
    }

    let digest: String
    let metrics: [Metric]?
    let summary: [Item]

    func value(_ metric: String, _ k: Int?, _ model: String = "two-tower", _ seenProtocol: String = "seen-included")
      -> Double?
    {
      metrics?.first { $0.metric == metric && $0.k == k && $0.model == model && $0.seenProtocol == seenProtocol }?.value
    }
  }

  private func inspect(_ workshop: Workshop, _ target: String) throws -> Inspected {
    let result = try program(workshop, "inspect", target, "--json")
    #expect(result.status == 0, "\(result.error)")
    return try JSONDecoder().decode(Inspected.self, from: Data(result.output.utf8))
  }

  /// What TFRS itself gave, from Scripts/reference/tfrs_movielens_100k.py.
  private struct Reference: Decodable {
    struct Loss: Decodable { let lossPerBatch, lossPerPair: Double }

    struct Seed: Decodable {
      let epochs: [Loss]
      let test: Loss
      let hitRateByDefinition: [String: Double]
    }

    let seeds: [Seed]
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func squaredError(_ values: [Double]) -> Double {
    let middle = mean(values)
    let spread = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(values.count - 1)
    return spread / Double(values.count)
  }

  @Test("has the losses and accuracies of TFRS, over five seeds")
  func agreesWithTFRS() throws {
    let workshop = try workshop()
    let path = "\(Workshop.package)/Benchmarks/reference/tfrs-movielens-100k.json"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let reference = try decoder.decode(Reference.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    var (epochs, test): ([[Double]], [Double]) = ([], [])
    var hitRates: [Int: [Double]] = [:]
    for seed in 1...5 {
      _ = try run(
        workshop, "--set", "split.seed=\(seed)", "--set", "train.seed=\(seed)", "--set", "evaluate.seed=\(seed)")
      let curve = try inspect(workshop, "train").summary.first { $0.title == "training loss" }
      epochs.append(try #require(curve?.points))
      let metrics = try inspect(workshop, "evaluate.metrics")
      test.append(try #require(metrics.value("loss_per_batch", nil)))
      for k in [1, 5, 10, 50, 100] { hitRates[k, default: []].append(try #require(metrics.value("hit_rate", k))) }
      // The tutorial's model loses to popularity, and the metrics say so.
      #expect(
        try #require(metrics.value("hit_rate", 100, "popularity", "seen-excluded"))
          > #require(metrics.value("hit_rate", 100, "two-tower", "seen-excluded")))
    }
    for epoch in 0..<3 {
      let (ours, theirs) = (
        mean(epochs.map { $0[epoch] }), mean(reference.seeds.map { $0.epochs[epoch].lossPerBatch })
      )
      #expect(abs(ours / theirs - 1) < 0.005, "epoch \(epoch + 1): \(ours) and \(theirs)")
    }
    let theirTest = mean(reference.seeds.map(\.test.lossPerBatch))
    #expect(abs(mean(test) / theirTest - 1) < 0.005, "test loss: \(mean(test)) and \(theirTest)")
    #expect(0.235...0.246 ~= mean(try #require(hitRates[100])))
    for (k, ours) in hitRates {
      let theirs = try reference.seeds.map { try #require($0.hitRateByDefinition["\(k)"]) }
      let noise = 2 * (squaredError(ours) + squaredError(theirs)).squareRoot()
      #expect(
        abs(mean(ours) - mean(theirs)) <= noise, "hit_rate@\(k): \(mean(ours)) and \(mean(theirs)), noise \(noise)")
    }
  }

  @Test("gives the same bytes on any number of threads and with every kernel variant")
  func deterministic() throws {
    let workshop = try workshop()
    _ = try run(workshop, "--threads", "1")
    let stages = ["train", "evaluate.metrics", "index", "serve-export"]
    let alone = try stages.map { try inspect(workshop, $0).digest }
    _ = try run(workshop, "--threads", "3", "--force")
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" })
    let latest = "artifacts/split/latest"
    let portable = try workshop.run(
      "\(Self.programs)/train",
      [
        "--input", "train=\(latest)/train.tandem", "--input", "vocabularies=artifacts/vocab/latest/vocabularies.tandem",
        "--output", "model=portable.tandem", "--unknown-query=untrained",
      ], environment: ["TANDEM_SIMD": "portable"])
    #expect(portable.status == 0, "\(portable.error)")
    #expect(try inspect(workshop, "portable.tandem").digest == alone[0])
  }

  @Test("ends with a summary for people")
  func report() throws {
    let workshop = try workshop()
    let result = try run(workshop)
    for part in [
      "two-tower  popularity", "hit_rate@100   seen-excluded", "verdict: two-tower loses to popularity on ndcg@100",
      "recommendations for user_id 42:", "serve-export  made",
      "s in all; the run's record and logs are in artifacts/runs/",
      "What next:", "recommend 42", "inspect train", "pipelines/your-data.yaml has the recipe for real use",
    ] { #expect(result.output.contains(part), "\(part)\n\(result.output)") }
    let model = try program(workshop, "inspect", "train").output
    for part in [
      "training loss:", "nearest to \"Star Wars (1977)\"", "Return of the Jedi (1983)", "embedding norms:",
      "made by train",
    ] {
      #expect(model.contains(part), "\(part)")
    }
    let record = try workshop.read("artifacts/runs/\(try #require(workshop.list("artifacts/runs").last))/run.json")
    #expect(record.contains("hit_rate@100") && record.contains("two-tower loses to popularity"))
    let again = try run(workshop)
    #expect(try workshop.record().results.values.allSatisfy { $0 == "hit" })
    #expect(again.error.contains("hit    train         unchanged"))
    #expect(try program(workshop, "inspect", "verify").status == 0)
  }

  private struct Recommendation: Decodable {
    struct Item: Decodable {
      let candidate: String
      let score: Double
    }

    let query: String
    let recommendations: [Item]
  }

  private func recommend(_ workshop: Workshop, _ arguments: String...) throws -> [Recommendation] {
    let result = try workshop.run("\(Self.programs)/recommend", arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try JSONDecoder().decode([Recommendation].self, from: Data(result.output.utf8))
  }

  @Test("recommends titles for raw user ids")
  func recommendations() throws {
    let workshop = try workshop()
    let missing = try program(workshop, "recommend", "42")
    #expect(missing.status == 1)
    #expect(missing.error.contains("no servable there; run the pipeline"))
    _ = try run(workshop)
    let answer = try #require(try recommend(workshop, "42", "--k", "3").first)
    #expect(answer.query == "42" && answer.recommendations.count == 3)
    #expect(answer.recommendations.map(\.score) == answer.recommendations.map(\.score).sorted(by: >))
    let first = answer.recommendations[0].candidate
    let without = try #require(try recommend(workshop, "42", "--k", "2", "--exclude", first).first)
    #expect(without.recommendations.map(\.candidate) == answer.recommendations.dropFirst().map(\.candidate))
    // What user 42 had is what the artifact says, as far as a model knows it whose training had 1,635 of the movies.
    let known = Set(
      try program(workshop, "inspect", "train.model", "--export", "csv", "--table", "candidates").output
        .split(separator: "\r\n").dropFirst().map { $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)] })
    let csv = try program(workshop, "inspect", "ingest.interactions", "--export", "csv").output
    let rated = csv.split(separator: "\r\n").filter { $0.hasPrefix("42,") }
    let seen = known.filter { title in rated.contains { $0.contains(",\(title),") } }
    #expect(known.count == 1635 && seen.count > 150)
    let unseen = try #require(try recommend(workshop, "42", "--k", "2000", "--exclude-seen").first)
    #expect(unseen.recommendations.count == 1635 - seen.count)
    let unknown = try program(workshop, "recommend", "nobody", "--k", "1")
    #expect(unknown.status == 0)
    #expect(
      unknown.error == "recommend: \"nobody\" is unknown to the model; its untrained out-of-vocabulary row is used\n")
    let wrong = try program(workshop, "recommend", "42", "--exclude", "Star Wars (1978)")
    #expect(wrong.status == 1)
    #expect(wrong.error == "recommend: no candidate \"Star Wars (1978)\"; did you mean \"Star Wars (1977)\"?\n")
    #expect(try program(workshop, "recommend").status == 64)
    try workshop.write((1...943).map { "\($0)\n" }.joined(), to: "users.txt")
    let all = try recommend(workshop, "--queries", "users.txt", "--k", "1", "--threads", "2")
    #expect(all.map(\.query) == (1...943).map { "\($0)" })
  }

  @Test("a model that fails the gate, or was not judged, is not exported if the pipeline says so")
  func gate() throws {
    let workshop = try workshop()
    let refused = try workshop.run(
      Workshop.runner,
      [
        "\(Workshop.package)/pipeline.yaml", "--stages-dir", Self.programs, "--artifacts", "artifacts", "--set",
        "serve-export.on-failed-verdict=refuse",
      ])
    #expect(refused.status == 1)
    #expect(refused.error.contains("the model is not worth serving: two-tower loses to popularity on ndcg@100"))
    #expect(!refused.output.contains("recommendations for"))
    _ = try run(workshop)
    let servable = try program(workshop, "inspect", "serve-export").output
    #expect(servable.contains("verdict: exported in spite of it: two-tower loses to popularity"))
    let verdict = try program(workshop, "inspect", "evaluate.verdict").output
    #expect(verdict.contains("answer: lost"))
    // A verdict about yesterday's model says nothing of today's.
    try FileManager.default.copyItem(
      atPath: "\(workshop.folder)/artifacts/evaluate/latest/verdict.tandem",
      toPath: "\(workshop.folder)/yesterday.tandem")
    _ = try run(workshop, "--set", "train.seed=7")
    let inputs = [
      "model=artifacts/train/latest/model.tandem", "index=artifacts/index/latest/index.tandem",
      "catalog=artifacts/ingest/latest/catalog.tandem", "seen=artifacts/split/latest/train.tandem",
      "verdict=yesterday.tandem",
    ]
    let other = try workshop.run(
      "\(Self.programs)/serve-export",
      inputs.flatMap { ["--input", $0] } + ["--output", "servable=s.tandem", "--on-failed-verdict=warn"])
    #expect(other.status == 1)
    #expect(other.error.contains("the verdict is about model"))
    #expect(other.error.contains("evaluate the model that is exported"))
  }

  @Test("runs on other data without code")
  func shop() throws {
    let workshop = try workshop()
    let result = try run(workshop, pipeline: "pipelines/your-data.yaml")
    #expect(result.output.contains("recommendations for customer customer-01:"))
    #expect(result.output.contains("verdict: two-tower beats popularity on ndcg@100"))
    let columns = try program(workshop, "inspect", "ingest.interactions", "--export", "csv").output
    #expect(columns.hasPrefix("customer,product,ordered at,quantity,channel\r\n"))
  }

  @Test("the tuned recipe beats popularity by far, serves unknown users, and is the same on any number of threads")
  func tuned() throws {
    let workshop = try workshop()
    let result = try run(workshop, pipeline: "pipelines/movielens-100k-tuned.yaml")
    #expect(result.output.contains("two-tower beats popularity"))
    let metrics = try program(workshop, "inspect", "evaluate.metrics", "--export", "csv", "--table", "metrics").output
    func value(_ metric: String) throws -> Double {
      let line = try #require(
        metrics.split(separator: "\r\n").first { $0.hasPrefix("two-tower,seen-excluded,all,\(metric)") })
      return try #require(Double(line.split(separator: ",", omittingEmptySubsequences: false)[6]))
    }
    // What a run prints, less three standard errors of the draw of a split.
    #expect(try value("hit_rate,100,") > 0.625)
    #expect(try value("recall,20,") > 0.355)
    #expect(try value("ndcg,20,") > 0.42)
    let stranger = try program(workshop, "recommend", "nobody", "--k", "1")
    #expect(stranger.output.contains("Star Wars (1977)"))
    #expect(stranger.error == "recommend: \"nobody\" is unknown to the model; popular items are recommended\n")
    let told = try program(
      workshop, "recommend", "--history", "Alien (1979)", "--history", "Aliens (1986)", "--k", "10")
    #expect(told.output.contains("Terminator, The (1984)"))
    #expect(!told.output.contains("  Alien"))
    let wrong = try program(workshop, "recommend", "--history", "Alien (1980)")
    #expect(wrong.error == "recommend: no candidate \"Alien (1980)\"; did you mean \"Alien (1979)\"?\n")
    try foldsIn(workshop)
    let digest = { try self.program(workshop, "inspect", "train.model", "--json").output }
    let first = try digest()
    _ = try run(
      workshop, "--from", "train", "--force", "--threads", "1", pipeline: "pipelines/movielens-100k-tuned.yaml")
    #expect(try digest() == first)
  }

  /// A history's vector is nearly the one that training left for its user: of the best ten nine and more are the same.
  private func foldsIn(_ workshop: Workshop) throws {
    struct Table: Decodable { let first: [[String: Cell]] }
    struct Sections: Decodable { let tables: [Table] }
    enum Cell: Decodable {
      case text(String)
      case other
      init(from decoder: any Decoder) throws {
        self = (try? decoder.singleValueContainer().decode(String.self)).map { .text($0) } ?? .other
      }
    }
    let json = try program(workshop, "inspect", "ingest.interactions", "--json", "--rows", "100000").output
    let rows = try #require(JSONDecoder().decode(Sections.self, from: Data(json.utf8)).tables.first).first
    var histories: [String: Set<String>] = [:]
    for row in rows {
      if case .text(let user) = row["user_id"], case .text(let title) = row["movie_title"] {
        histories[user, default: []].insert(title)
      }
    }
    #expect(histories.count == 943)
    func titles(_ arguments: [String]) throws -> Set<Substring> {
      let lines = try workshop.run("\(Self.programs)/recommend", arguments + ["--k", "10"]).output.split(
        separator: "\n")
      return Set(lines.dropFirst().map { $0.dropFirst(10) })
    }
    let users = histories.keys.sorted().enumerated().filter { $0.offset % 90 == 0 }.map(\.element)
    let common = try users.reduce(0) { sum, user in
      let history = try #require(histories[user]).sorted().flatMap { ["--history", $0] }
      return try sum + titles([user, "--exclude-seen"]).intersection(titles(history)).count
    }
    #expect(common >= 9 * users.count, "\(common) of \(10 * users.count)")
  }

  @Test("an ensemble in one pair of towers beats popularity by far, and is served like one model")
  func ensemble() throws {
    let pipeline = "pipelines/movielens-100k-ensemble.yaml"
    let workshop = try workshop()
    _ = try run(workshop, pipeline: pipeline)
    let metrics = try inspect(workshop, "evaluate.metrics")
    // What a run prints, less three standard errors of the draw of a split.
    #expect(try #require(metrics.value("hit_rate", 100, "two-tower", "seen-excluded")) > 0.627)
    #expect(try #require(metrics.value("recall", 20, "two-tower", "seen-excluded")) > 0.357)
    #expect(try #require(metrics.value("ndcg", 20, "two-tower", "seen-excluded")) > 0.425)
    let told = try program(
      workshop, "recommend", "--history", "Alien (1979)", "--history", "Aliens (1986)", "--k", "10", "--servable",
      "artifacts/serve-export/latest/servable.tandem")
    #expect(told.output.contains("Terminator, The (1984)"))
    #expect(!told.output.contains("  Alien"))
    let digest = { try self.inspect(workshop, "ensemble").digest }
    let first = try digest()
    _ = try run(workshop, "--only", "ensemble", "--force", "--threads", "1", pipeline: pipeline)
    #expect(try digest() == first)
  }

  @Test("an ensemble reports missing inputs in one line, and has no training params")
  func ensembleRefusals() throws {
    let workshop = try workshop()
    _ = try run(workshop, "--set", "train.epochs=1", "--set", "train.dimension=4")
    func said(_ arguments: String...) throws -> String {
      let inputs = [
        "train=artifacts/split/latest/train.tandem", "vocabularies=artifacts/vocab/latest/vocabularies.tandem",
      ]
      let result = try workshop.run(
        "\(Self.programs)/ensemble", inputs.flatMap { ["--input", $0] } + ["--output", "model=out.tandem"] + arguments)
      #expect(result.status != 0 && !workshop.list("").contains("out.tandem"))
      return result.error.split(separator: "\n").first.map { String($0) } ?? ""
    }
    let member = "member-1=artifacts/train/latest/model.tandem"
    #expect(try said() == "ensemble: found 0 members, expected at least two; give --input member-2=FILE")
    #expect(
      try said("--input", member) == "ensemble: found 1 member, expected at least two; give --input member-2=FILE")
    #expect(try said("--input", member, "--epochs=5").contains("Unknown option '--epochs'"))
  }
}
