import Foundation
import Testing

@Suite("MovieLens 100K split by time")
struct TimeSplitTests {
  private static let pipeline = "pipelines/movielens-100k-temporal.yaml"

  /// Titles of the newest part of training, most frequent first.
  private func recent(_ workshop: Workshop, share: Double) throws -> [String] {
    let path = "recent.tandem"
    let rows = try workshop.exported("split.train").count - 1
    let split = try workshop.released(
      "split", "--input", "interactions=artifacts/split/latest/train.tandem", "--output", "train=rest.tandem",
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

  @Test("knows no later movie, tells strangers what is popular of late, and does better than popularity")
  func pipeline() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline)
    #expect(run.output.contains("two-tower beats popularity"))
    #expect(run.said.contains("80000 train, 20000 test, test from 1998-03-07 02:21:09 on"))
    #expect(try workshop.released("inspect", "split.test").output.contains("rows before train ends") == false)

    let wanted = try recent(workshop, share: 0.15)
    let stranger = try workshop.released("recommend", "nobody", "--k", "5")
    #expect(stranger.error == "recommend: \"nobody\" is unknown to the model; what is popular answers\n")
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
}
