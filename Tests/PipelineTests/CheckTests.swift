import Foundation
import Testing

/// A shop that is checked every day, through the front door: good days are published, bad ones are refused.
@Suite("Data that are checked", .serialized)
struct CheckTests {
  private static let pipeline = """
    name: checked
    artifacts: artifacts
    sources:
      orders: { path: orders.csv }
      expectations: { path: expectations.yaml }
    stages:
      ingest:
        inputs: { source: sources.orders }
        params:
          { format: delimited, query: who, candidate: what, timestamp: when, weight: stars, on-bad-row: skip,
            max-bad-rows: 0.1 }
      check:
        inputs:
          interactions: ingest.interactions
          catalog: ingest.catalog
          rejects: ingest.rejects
          expectations: sources.expectations
      vocab:
        inputs: { interactions: ingest.interactions }
      split:
        inputs: { interactions: ingest.interactions, verdict: check.verdict }
      train:
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { objective: ials, dimension: 8, epochs: 2 }
      index:
        inputs: { model: train.model }
      serve-export:
        inputs:
          model: train.model
          index: index.index
          catalog: ingest.catalog
          seen: ingest.interactions
          data-verdict: check.verdict
        params: { sample: c-1 }

    """

  /// Orders of 40 days and one more, which `day` changes: lines of who, what, when and stars.
  private func orders(days: Int, _ day: (Int, [String]) -> [String] = { $1 }) -> String {
    var shop = Shop(seed: 7)
    var lines = ["who,what,when,stars"]
    for number in 0..<days {
      let orders = (0..<60).map { _ in
        let time = 1_760_000_000 / 86_400 * 86_400 + number * 86_400 + shop.number(below: 86_400)
        return "c-\(shop.number(below: 50)),p-\(shop.number(below: 30)),\(time),\(1 + shop.number(below: 5))"
      }
      lines += number == days - 1 ? day(number, orders) : orders
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func run(_ workshop: Workshop, _ orders: String, _ words: String...) throws -> Workshop.Result {
    try workshop.write(orders, to: "orders.csv")
    return try workshop.run(Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released] + words)
  }

  private func workshop(_ expectations: String = "") throws -> Workshop {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Self.pipeline, to: "pipeline.yaml")
    try workshop.write(expectations, to: "expectations.yaml")
    return workshop
  }

  @Test("a good day is published; a bad one stops at split with a line that helps, and yesterday's servable stays")
  func days() throws {
    let workshop = try workshop()
    let good = try run(workshop, orders(days: 40))
    #expect(good.status == 0, "\(good.said)")
    #expect(good.said.contains("2400 interactions, nothing odd"))
    let yesterday = workshop.version(of: "serve-export")

    let bad: [(name: String, day: (Int, [String]) -> [String], lines: [String])] = [
      (
        "half of the last day", { Array($1.prefix(20)) },
        ["the last day, has 20 rows, 33 % of what days before had", "read the day when it is over"]
      ),
      (
        "times in milliseconds",
        { _, orders in
          orders.map { line in
            let fields = line.split(separator: ",")
            return "\(fields[0]),\(fields[1]),\(fields[2])000,\(fields[3])"
          }
        }, ["60 rows, 2.4 %, could not be read; expected at most 0.10 %", "millisecond"]
      ),
      (
        "a column gone constant",
        { _, orders in orders.map { String($0.dropLast()) + "3" } },
        ["interactions.stars: all 60 rows of", "the last day, have \"3\"; expected several values"]
      ),
    ]
    for (name, day, lines) in bad {
      let result = try run(workshop, orders(days: 41, day))
      #expect(result.status == 1, "\(name): \(result.said)")
      let refusal = result.error.split(separator: "\n").filter { $0.contains("split: the data failed their check: ") }
      #expect(refusal.count >= 1, "\(name): \(result.said)")
      for line in lines { #expect(refusal.last?.contains(line) == true, "\(name): \(refusal)") }
      #expect(try workshop.record().results["check"] == "made" && workshop.record().results["split"] == "failed")
      #expect(workshop.version(of: "serve-export") == yesterday)
    }
    let report = try workshop.run(Workshop.runner, ["report", "pipeline.yaml", "--output", "report.html"])
    #expect(report.status == 0, "\(report.said)")
    let page = try workshop.read("report.html")
    #expect(page.contains("<h2>Data</h2>") && page.contains("rows by day") && page.contains("all 60 rows of"))

    // Its owner may know better.
    let last = orders(days: 41) { Array($1.prefix(20)) }
    #expect(try run(workshop, last, "--set", "split.on-failed-verdict=warn").status == 1)
    let nevertheless = try run(
      workshop, last, "--set", "split.on-failed-verdict=warn", "--set", "serve-export.on-failed-verdict=warn")
    #expect(nevertheless.status == 0 && nevertheless.said.contains("goes on in spite of failed data"))
    try workshop.write("last-day: { least-share: 0.2 }\n", to: "expectations.yaml")
    #expect(try run(workshop, last).status == 0)
  }

  @Test("the expectations that are printed are met, and one that is misspelt is refused with its line")
  func expectations() throws {
    let workshop = try workshop()
    let first = try run(workshop, orders(days: 40))
    #expect(first.status == 0, "\(first.said)")
    let printed = try workshop.released("inspect", "check", "--expectations")
    #expect(printed.status == 0 && printed.output.contains("stars: { kind: "), "\(printed.said)")
    try workshop.write(printed.output, to: "expectations.yaml")
    let met = try run(workshop, orders(days: 41))
    #expect(met.status == 0 && met.said.contains("2460 interactions, nothing odd"), "\(met.said)")
    try workshop.write("rows:\n  leest: 4\n", to: "expectations.yaml")
    let refused = try run(workshop, orders(days: 41))
    #expect(refused.status == 1)
    #expect(
      refused.said.contains("expectations.yaml: line 2: no \"leest\" in rows; did you mean \"least\"?"),
      "\(refused.said)")
  }
}
