import Foundation
import Testing

@Suite("MovieLens 100K split by time")
struct TimeSplitTests {
  private static let pipeline = "pipelines/movielens-100k-temporal.yaml"

  /// Titles of the newest part of all rows, which what is served has learnt from, most frequent first.
  private func recent(_ workshop: Workshop, share: Double) throws -> [String] {
    let path = "recent.tandem"
    let rows = try workshop.exported("ingest.interactions").count - 1
    let split = try workshop.released(
      "split", "--input", "interactions=artifacts/ingest/latest/interactions.tandem", "--output", "train=rest.tandem",
      "--output", "test=\(path)", "--by=time", "--test=\(Int(Double(rows) * share))")
    #expect(split.status == 0, "\(split.error)")
    let vocab = try workshop.released(
      "vocab", "--input", "interactions=\(path)", "--output", "vocabularies=counts.tandem")
    #expect(vocab.status == 0, "\(vocab.error)")
    let counts = try workshop.released("inspect", "counts.tandem", "--export", "csv", "--table", "candidates").output
    return counts.split(separator: "\r\n").dropFirst().compactMap { line -> (String, Int)? in
      guard let comma = line.lastIndex(of: ","), let count = Int(line[line.index(after: comma)...]) else { return nil }
      return (line[..<comma].trimmingCharacters(in: ["\""]), count)
    }
    // Of equal counts the first in the vocabulary comes first, as in the index.
    .enumerated().sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
  }

  @Test("uses no later movies, recommends recently popular items to unknown users, and beats popularity")
  func pipeline() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline)
    #expect(run.output.contains("two-tower beats recent-popularity on recall@20, seen-excluded"))
    // Known and unknown users apart: the first by far more than what is popular, all more than what always was.
    for slice in ["all", "known queries", "unknown queries"] {
      func recall(_ model: String) throws -> Double {
        try workshop.metric("evaluate.metrics", "\(model),seen-excluded,\(slice),recall,20")
      }
      #expect(try recall("two-tower") > recall("popularity"), "\(slice)")
    }
    func hits(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-included,all,hit_rate,100")
    }
    #expect(try hits("two-tower") > hits("popularity"))
    #expect(run.said.contains("80000 train, 20000 test, test from 1998-03-07 02:21:09 on"))
    #expect(try workshop.released("inspect", "split.test").output.contains("rows before train ends") == false)

    let wanted = try recent(workshop, share: 0.15)
    let stranger = try workshop.released("recommend", "nobody", "--k", "5")
    #expect(stranger.error == "recommend: \"nobody\" is unknown to the model; popular items are recommended\n")
    let titles = stranger.output.split(separator: "\n").dropFirst().map {
      $0.drop { $0 == " " }.drop { $0 != " " }.trimmingCharacters(in: .whitespaces)
    }
    #expect(titles == Array(wanted.prefix(5)))

    // Somebody with a history hears of it, though everybody's recent favourites weigh much.
    let told = try workshop.released(
      "recommend", "--history", "Cinderella (1950)", "--history", "Dumbo (1941)", "--k", "20")
    #expect(told.output.contains("Snow White and the Seven Dwarfs (1937)") || told.output.contains("Aladdin (1992)"))

    try workshop.run(pipeline: Self.pipeline, ["--from", "train", "--force", "--threads", "1"])
    let results = try workshop.record().results
    #expect(["train", "evaluate", "index", "serve-export"].allSatisfy { results[$0] == "kept" }, "\(results)")
  }

  @Test("validates the published model, recency bias included")
  func validation() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: Self.pipeline, ["ingest", "split", "vocab"].flatMap { ["--only", $0] })
    let train = "artifacts/split/latest/train.tandem"
    let fold = try workshop.released(
      "split", "--input", "interactions=\(train)", "--output", "train=fit.tandem", "--output", "test=held.tandem",
      "--by=time", "--test=8000")
    #expect(fold.status == 0, "\(fold.error)")
    let trained = try workshop.released(
      "train", "--input", "train=fit.tandem", "--input", "validation=held.tandem", "--input",
      "vocabularies=artifacts/vocab/latest/vocabularies.tandem", "--output", "model=model.tandem", "--epochs=1",
      "--normalise=both", "--dimension=8", "--unknown-query=popularity", "--recency-weight=3", "--recency-share=0.15")
    #expect(trained.status == 0, "\(trained.error)")
    let judged = try workshop.released(
      "evaluate", "--input", "model=model.tandem", "--input", "train=fit.tandem", "--input", "test=held.tandem",
      "--output", "metrics=metrics.tandem", "--ks=20")
    #expect(judged.status == 0, "\(judged.error)")
    let told = trained.error.split(separator: "\n").last { $0.contains("validation recall@20 ") }
    let value = try #require(told?.split(separator: " ").last.flatMap { Double($0) }, "\(trained.error)")
    let recall = try workshop.metric("metrics.tandem", "two-tower,seen-excluded,all,recall,20")
    #expect(abs(value - recall) < 1e-4, "\(trained.error)")
  }

  @Test(
    "is refused in one line if recency cannot be counted",
    arguments: [
      (["--recency-weight=-1"], "--recency-weight is -1.0; give 0 or more"),
      (["--recency-weight=nan"], "--recency-weight is nan; give 0 or more"),
      (["--recency-weight=1e300"], "--recency-weight is 1e+300; give 0 or more"),
      (["--recency-share=0"], "--recency-share is 0.0; give a share of training above 0, 1 for all of it"),
      (
        ["--recency-share=0.5", "--unknown-query=untrained"],
        "--recency-share has no meaning with --unknown-query=untrained"
      ),
      (
        ["--recency-weight=1", "--unknown-query=untrained"],
        "--recency-weight has no meaning with --unknown-query=untrained"
      ),
      (
        ["--recency-share=0.5", "--unknown-query=popularity"],
        "--recency-share needs a timestamp, and the interactions have none; name one when they are ingested"
      ),
    ])
  func refusals(words: [String], line: String) throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write("who,item\na,x\na,y\nb,x\n", to: "data.csv")
    let ingested = try workshop.released(
      "ingest", "--input", "source=data.csv", "--output", "interactions=rows.tandem", "--output",
      "catalog=catalog.tandem", "--output", "users=users.tandem", "--output", "rejects=rejects.tandem",
      "--format=delimited", "--query=who", "--candidate=item")
    #expect(ingested.status == 0, "\(ingested.error)")
    _ = try workshop.released("vocab", "--input", "interactions=rows.tandem", "--output", "vocabularies=vocab.tandem")
    let result = try workshop.run(
      "\(Workshop.released)/train",
      [
        "--input", "train=rows.tandem", "--input", "vocabularies=vocab.tandem", "--output", "model=model.tandem",
        "--batch-size=10",
      ] + words)
    #expect(result.status != 0)
    let complaint = result.error.split(separator: "\n").first { $0.hasPrefix("train: --") || $0.hasPrefix("Error") }
    #expect(complaint == "train: \(line)", "\(result.error)")
    #expect(!workshop.list(".").contains("model.tandem"))
  }
}
