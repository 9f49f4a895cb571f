import ArgumentParser
import Artifacts
import Servable

@main
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a servable: raw ids in, candidates and scores out.",
    usage: "recommend [QUERY ...] [--queries FILE] [--servable FILE] [--k N] [--exclude-seen] [--exclude TITLE] [--json]")

  @Argument(help: "Raw ids, such as users.")
  var queries: [String] = []

  @Option(name: .customLong("queries"), help: ArgumentHelp("A file with one raw id a line.", valueName: "file"))
  var queriesFile: String?

  @Option(help: ArgumentHelp("The servable.", valueName: "file"))
  var servable = "artifacts/serve-export/latest/servable.tandem"

  @Option(help: ArgumentHelp("How many recommendations for each.", valueName: "number"))
  var k = 10

  @Flag(help: "Leave out what the query had in training.")
  var excludeSeen = false

  @Option(help: ArgumentHelp("Leave out a candidate; repeat for several.", valueName: "title"))
  var exclude: [String] = []

  @Flag(help: "Print JSON: [{\"query\", \"recommendations\": [{\"candidate\", \"score\"}]}].")
  var json = false

  func validate() throws {
    guard k > 0 else { throw ValidationError("--k is \(k); give at least 1") }
    if queries.isEmpty, queriesFile == nil { throw ValidationError("nobody to recommend to: give ids or --queries FILE") }
  }

  func run() throws {
    do {
      let servable = try Servable(path: servable)
      var all = queries
      if let queriesFile {
        let text = String(decoding: try Files.read(queriesFile), as: UTF8.self)
        all += text.split(whereSeparator: \.isNewline).map(String.init)
      }
      let answers = try all.map {
        try servable.recommend($0, k: k, excludeSeen: excludeSeen, excluding: exclude)
      }
      for answer in answers where !answer.isKnown {
        StandardError.write(
          line: "recommend: \"\(answer.query)\" is unknown to the model; its out-of-vocabulary row answers")
      }
      print(json ? Self.json(answers).text : Self.text(answers), terminator: json ? "\n" : "")
    } catch {
      StandardError.write(line: "recommend: \(error)")
      throw ExitCode(1)
    }
  }

  private static func json(_ answers: [Servable.Answer]) -> JSON {
    .array(
      answers.map { answer in
        [
          "query": JSON(answer.query),
          "recommendations": .array(
            answer.recommendations.map { ["candidate": JSON($0.candidate), "score": .number(Double($0.score))] }),
        ]
      })
  }

  private static func text(_ answers: [Servable.Answer]) -> String {
    answers.map { answer in
      let lines = answer.recommendations.map { "  \($0.score)  \($0.candidate)\n" }.joined()
      return "\(answer.query):\n\(lines)"
    }.joined()
  }
}
