import Foundation
import Testing

@Suite("A query tower with context")
struct ContextTests {
  private struct Answer: Decodable {
    struct Item: Decodable {
      let candidate: String
      let score: Double
      let rating: Double?
      let explanation: Explanation?
    }

    struct Explanation: Decodable {
      struct Term: Decodable { let value: Double }

      let kind: String
      let query: Double?
      let features: [Term]?
      let popularity: Double?

      /// The sum of the terms, which is to be the score.
      var sum: Double { (features ?? []).reduce((query ?? .nan) + (popularity ?? .nan)) { $0 + $1.value } }
    }

    let basis: String
    let recommendations: [Item]
  }

  /// Customers of five tastes, who buy other goods in the evening than in the morning, and like those of the evening better.
  private static func orders() -> String {
    var shop = Shop(seed: 8)
    var lines = ["who,what,when,device,stars"]
    for customer in 0..<150 {
      for _ in 0..<24 {
        let isEvening = shop.number(below: 2) == 1
        let hour = isEvening ? 18 + shop.number(below: 5) : 6 + shop.number(below: 5)
        let taste = shop.number(below: 8) == 0 ? shop.number(below: 5) : customer % 5
        let time = 1_700_006_400 + (shop.number(below: 60) * 24 + hour) * 3600 + shop.number(below: 3600)
        lines.append(
          "customer-\(customer),\(isEvening ? "evening" : "morning")-\(taste)-\(shop.number(below: 6)),\(time),"
            + ["phone", "desk"][shop.number(below: 2)] + (isEvening ? ",5" : ",1"))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func pipeline(_ tower: String) -> String {
    """
    name: evenings
    sources: { shop: { path: shop } }
    stages:
      ingest:
        inputs: { source: sources.shop }
        params: { format: delimited, interactions-file: orders.csv, query: who, candidate: what, timestamp: when }
      split: { inputs: { interactions: ingest.interactions }, params: { by: random } }
      vocab:
        inputs: { interactions: split.train }
        params: { context-features: ["when: hour", device] }
      train:
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { query-tower: \(tower), epochs: 20, batch-size: 500, learning-rate: 0.2, dimension: 16 }
      plain:
        program: train
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { epochs: 20, batch-size: 500, learning-rate: 0.2, dimension: 16 }
      evaluate:
        inputs: { model: train.model, other: plain.model, train: split.train, test: split.test }
        params: { ks: [6], baselines: [popularity], ties: expected, gate-beat: other, gate-metric: recall@6 }
      index: { inputs: { model: train.model, catalog: ingest.catalog } }
      serve-export:
        inputs: { model: train.model, index: index.index, catalog: ingest.catalog, seen: split.train }

    """
  }

  private func run(_ workshop: Workshop, _ arguments: String...) throws -> Workshop.Result {
    try workshop.run(Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released] + arguments)
  }

  private func recommended(_ workshop: Workshop, _ arguments: String...) throws -> Answer {
    let told = try workshop.run("\(Workshop.released)/recommend", arguments + ["--k", "6", "--json"])
    #expect(told.status == 0, "\(told.error)")
    return try #require(try JSONDecoder().decode([Answer].self, from: Data(told.output.utf8)).first)
  }

  @Test(
    "learns what is bought in the evening, is judged in contexts, and answers in them", arguments: ["sum", "concat"])
  func evenings(tower: String) throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Self.orders(), to: "shop/orders.csv")
    try workshop.write(Self.pipeline(tower), to: "pipeline.yaml")
    let made = try run(workshop, "--threads", "1")
    #expect(made.status == 0, "\(made.said)")
    #expect(
      made.said.contains("context feature when: hour: 10 of 24 values") && !made.said.contains("is an absolute time"))
    #expect(made.said.contains(" queries in contexts"))
    func hits(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-included,all,hit_rate,6")
    }
    // Six goods are of a customer's taste and hour, and twelve of the taste.
    let (own, others) = (try hits("two-tower"), try hits("other"))
    #expect(own > 0.7 && others < 0.55, "\(own), \(others)")
    let inspected = try workshop.released("inspect", "vocab", "--artifacts", "artifacts").output
    #expect(inspected.contains("context feature device: 2 values"), "\(inspected)")
    for (time, goods) in [("2023-11-20T20:00", "evening-2-"), ("2023-11-20T08:30", "morning-2-")] {
      let answer = try recommended(workshop, "customer-7", "--feature", "when=\(time)", "--feature", "device=phone")
      #expect(answer.basis == "known")
      #expect(answer.recommendations.count { $0.candidate.hasPrefix(goods) } >= 5, "\(answer)")
      let why = try recommended(
        workshop, "customer-7", "--feature", "when=\(time)", "--feature", "device=phone", "--explain")
      for item in why.recommendations {
        let explanation = try #require(item.explanation)
        #expect(explanation.kind == (tower == "sum" ? "features" : "similarities"))
        if tower == "sum" {
          #expect(explanation.features?.count == 2 && abs(explanation.sum - item.score) < 1e-5, "\(item)")
        }
      }
      let stranger = try recommended(workshop, "--feature", "when=\(time)")
      #expect(stranger.basis == "features")
      #expect(stranger.recommendations.count { $0.candidate.hasPrefix(goods.prefix(7)) } >= 5, "\(stranger)")
    }
    let again = try run(workshop, "--threads", "3", "--force")
    #expect(again.status == 0, "\(again.said)")
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" }, "the same bytes on three threads")
  }

  @Test("predicts ratings in the context, and is judged event by event in that of each")
  func ratings() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Self.orders(), to: "shop/orders.csv")
    try workshop.write(Self.pipeline("sum"), to: "pipeline.yaml")
    let rated = ["train.rating=stars", "train.rating-weight=200", "train.rating-layers=[16]"].flatMap { ["--set", $0] }
    let made = try workshop.run(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released, "--threads", "1"] + rated)
    #expect(made.status == 0, "\(made.said)")
    #expect(made.said.contains(" queries in contexts, rating head query, candidate, stars: 32-16-1 relu of "))
    func rmse(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-included,all,rmse,")
    }
    #expect(try rmse("two-tower") < rmse("training-mean") / 2)
    func stars(_ time: String, _ customer: String = "customer-7") throws -> [Double] {
      try recommended(workshop, customer, "--feature", "when=\(time)").recommendations.compactMap(\.rating)
    }
    let (evening, morning) = (try stars("2023-11-20T20:00"), try stars("2023-11-20T08:30"))
    #expect(evening.count == 6 && morning.count == 6 && zip(evening, morning).allSatisfy { $0 > $1 + 2 })
    #expect(try stars("2023-11-20T20:00", "nobody").isEmpty, "training knew nothing of nobody")

    let byEvent = ["--threads", "3", "--force", "--set", "evaluate.protocol=next"]
    let next = try workshop.run(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released] + byEvent + rated)
    #expect(next.status == 0, "\(next.said)")
    #expect(try workshop.record().results["train"] == "kept", "the same bytes on three threads")
    #expect(try workshop.metric("evaluate.metrics", "two-tower,seen-included,all,hit_rate,6") > 0.7)
    #expect(try workshop.metric("evaluate.metrics", "other,seen-included,all,hit_rate,6") < 0.6)
  }

  @Test("is refused by what cannot ask in contexts, and absolute times are named")
  func refusals() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Self.orders(), to: "shop/orders.csv")
    try workshop.write(Self.pipeline("sum"), to: "pipeline.yaml")
    let absolute = try run(
      workshop, "--set", "vocab.context-features=[\"when: buckets 50\", \"when: number\"]", "--set", "train.epochs=1",
      "--set", "plain.epochs=1")
    #expect(absolute.status == 0)
    #expect(absolute.said.contains("warning: context feature when: buckets 50 is an absolute time"), "\(absolute.said)")
    let forms = try run(
      workshop, "--set", "train.epochs=1", "--set", "plain.epochs=1", "--set",
      "serve-export.forms=[native, saved-model, onnx]")
    #expect(forms.status == 0, "\(forms.said)")
    // The stage plain alone warns.
    let unread = forms.said.split(separator: "\n").filter {
      $0.contains("warning: context-features (when: hour; device)")
    }
    #expect(
      unread.count == 1 && unread.allSatisfy { $0.contains("query-tower=id does not read them") }, "\(forms.said)")
    for form in ["saved-model", "onnx"] {
      let inspected = try workshop.released("inspect", "serve-export.\(form)", "--artifacts", "artifacts").output
      #expect(inspected.contains("features of the context: when, device"), "\(inspected)")
    }
    let hashed = try run(
      workshop, "--set", "train.epochs=1", "--set", "plain.epochs=1", "--set", "serve-export.forms=[native, onnx]",
      "--set",
      "vocab.context-features=[\"when: hour\", \"device: category hash 8\"]")
    #expect(
      hashed.status != 0
        && hashed.said.contains("onnx, which cannot read features by which the model answers (device: category hash 8)"),
      "\(hashed.said)")
    let missing = try run(workshop, "--set", "vocab.context-features=[mood]")
    #expect(missing.status != 0 && missing.said.contains("no such column in the interactions"), "\(missing.said)")
  }
}
