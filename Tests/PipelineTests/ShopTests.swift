import Foundation
import Testing

/// Shops that nobody tuned for, from CSV to recommendations with the template that everybody copies.
@Suite("Synthetic shops with pipelines/your-data.yaml", .serialized)
struct ShopTests {
  private struct Outcome {
    let workshop: Workshop
    let result: Workshop.Result
    var verdict: String {
      result.output.split(separator: "\n").last { $0.hasPrefix("verdict: ") }.map(String.init) ?? result.error
    }

    func recommended(_ query: String, _ arguments: String...) throws -> [String] {
      let told = try workshop.run(
        "\(Workshop.released)/recommend",
        [query, "--servable", "artifacts/serve-export/latest/servable.tandem"] + arguments)
      #expect(told.status == 0, "\(told.error)")
      return told.output.split(separator: "\n").dropFirst().compactMap {
        $0.split(separator: " ").last.map(String.init)
      }
    }
  }

  /// The template with the shop's columns, and nothing else changed.
  private func run(_ shop: Shop, catalog: String? = nil, _ settings: String...) throws -> Outcome {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(shop.csv, to: "shop/orders.csv")
    if let catalog { try workshop.write(catalog, to: "shop/products.csv") }
    let template = try String(contentsOfFile: "\(Workshop.package)/pipelines/your-data.yaml", encoding: .utf8)
    let start = try #require(template.range(of: "      interactions-file:")?.lowerBound)
    let end = try #require(template.range(of: "  vocab:")?.lowerBound)
    let columns =
      "      query: who\n      candidate: what\n" + (shop.hasTimes ? "      timestamp: when\n" : "")
      + (catalog == nil ? "" : "      interactions-file: orders.csv\n      catalog-file: products.csv\n") + "\n"
    let pipeline = template.replacingCharacters(in: start..<end, with: columns)
      .replacingOccurrences(of: "../Examples/shop", with: "shop").replacingOccurrences(
        of: "../artifacts/your-data", with: "artifacts")
    try workshop.write(pipeline, to: "pipeline.yaml")
    let result = try workshop.run(
      Workshop.runner,
      ["pipeline.yaml", "--stages-dir", Workshop.released]
        + (["tune.trials=2"] + settings).flatMap { ["--set", $0] })
    return Outcome(workshop: workshop, result: result)
  }

  @Test("a model of tastes passes if everything is equally popular")
  func equalSeats() throws {
    let outcome = try run(.coursesOfEqualSeats())
    #expect(outcome.result.status == 0, "\(outcome.result.error)")
    #expect(outcome.verdict.contains("two-tower beats popularity"), "\(outcome.verdict)")
    #expect(try outcome.recommended("student-3-0", "--k", "5", "--exclude-seen").first?.hasPrefix("course-3-") == true)
  }

  @Test("a course that nobody has taken is recommended to those of its field, and to nobody else")
  func newGoods() throws {
    let shop = Shop.coursesOfEqualSeats()
    let courses = (0..<24).flatMap { field in (0..<8).map { "course-\(field)-\($0),\(field)" } }
    let new = (0..<24).map { "course-\($0)-new,\($0)" }
    let catalog = "what,field\n" + (courses + new).joined(separator: "\n") + "\n"
    let outcome = try run(shop, catalog: catalog, "vocab.candidate-features=field: category")
    #expect(outcome.result.status == 0, "\(outcome.result.error)")
    #expect(outcome.result.said.contains("24 of 216 candidates are new"), "\(outcome.result.said)")
    for student in ["student-3-0", "student-17-5", "student-20-11"] {
      let field = student.split(separator: "-")[1]
      let new = try outcome.recommended(student, "--k", "20", "--exclude-seen").filter { $0.hasSuffix("-new") }
      #expect(new.first == "course-\(field)-new", "\(student): \(new)")
      let explained = try outcome.workshop.explained(
        "course-\(field)-new", [student, "--k", "20", "--exclude-seen"])
      #expect(explained.kind == "candidate-features" && explained.features?.map(\.name) == ["field: \(field)"])
      #expect(try #require(explained.features).allSatisfy { $0.value > 0 })
    }
  }

  @Test("what nobody had bought is explained by its features, of any model, and by its first sales once there are some")
  func coldFrame() throws {
    let orders = try String(contentsOfFile: "\(Workshop.package)/Examples/shop/orders.csv", encoding: .utf8)
    let sold = (1...5).map { "customer-0\($0),Cold frame,2026-09-0\($0)T08:30:00Z,1,shop" }
    let template = try String(contentsOfFile: "\(Workshop.package)/pipelines/your-data.yaml", encoding: .utf8)
    let asked: [[String]] = [["customer-12"], ["nobody"], ["--history", "Bread knife"]]
    for family in ["ials", "softmax"] {
      let workshop = try Workshop.withReleasedPrograms()
      func run(_ pipeline: String) throws {
        try workshop.write(pipeline, to: "pipeline.yaml")
        let set = [
          "tune.trials=1", "tune.families=[\(family)]", "serve-export.on-failed-verdict=warn",
          "cold-start.lengths=natural",
        ]
        let result = try workshop.run(
          Workshop.runner,
          ["pipeline.yaml", "--stages-dir", Workshop.released, "--artifacts", "artifacts"]
            + set.flatMap { ["--set", $0] })
        #expect(result.status == 0, "\(result.error)")
      }
      let shop = "\(Workshop.package)/Examples/shop"
      let plain = template.replacingOccurrences(of: "../Examples/shop", with: shop)
      try run(plain)
      for query in asked {
        let explained = try workshop.explained("Cold frame", query + ["--k", "40"])
        #expect(explained.features?.contains { $0.name == "department: Garden" } == true)
        #expect(explained.mean != nil && explained.firstInteractions == nil)
        if query != ["nobody"] { #expect(explained.mean != 0 && explained.features?.first?.value != 0) }
      }
      let inspected = try workshop.released("inspect", "serve-export", "--artifacts", "artifacts").output
      #expect(inspected.contains("new candidates: 1, whose scores are explained by feature"), "\(inspected)")

      // The model stays, and today's orders move the new product.
      try workshop.write(orders + sold.joined(separator: "\n") + "\n", to: "today/orders.csv")
      let newer = plain.replacingOccurrences(
        of: "  shop: { path: \(shop) }\n",
        with: "  shop: { path: \(shop) }\n  today: { path: \(workshop.folder)/today }\n"
      ).replacingOccurrences(
        of: "  cold-start:\n",
        with: """
            today:
              program: ingest
              inputs: { source: sources.today }
              params:
                format: delimited
                interactions-file: orders.csv
                query: customer
                candidate: product
                timestamp: ordered at
                weight: quantity

            cold-start:

          """
      ).replacingOccurrences(
        of: "      catalog: ingest.catalog\n      train: ingest.interactions\n",
        with:
          "      catalog: ingest.catalog\n      train: ingest.interactions\n      interactions: today.interactions\n")
      try run(newer)
      for query in asked {
        let explained = try workshop.explained("Cold frame", query + ["--k", "40"])
        #expect(explained.firstInteractions?.count == 5)
        if query != ["nobody"] { #expect(explained.firstInteractions?.value != 0) }
      }
      let text = try workshop.released("recommend", "customer-12", "--k", "40", "--explain").output
      #expect(text.contains("  its first 5 interactions") && text.contains("  department: Garden"), "\(text)")
    }
  }

  @Test("a model is judged by new purchases, and earlier ones are not recommended as new")
  func repeats() throws {
    let outcome = try run(.repeats())
    #expect(!outcome.verdict.contains("beats popularity"), "\(outcome.verdict)")
    if outcome.result.status == 0 {
      let rows = Shop.repeats().lines.map { $0.split(separator: ",") }.filter { $0[0] == "customer-7" }
      let had = Set(rows.map { String($0[1]) })
      let told = try outcome.recommended("customer-7", "--k", "20", "--exclude-seen")
      #expect(told.count == 20 && had.isDisjoint(with: told))
    }
  }

  @Test("candidates never chosen, most of a catalog of 100,000, are reported and not recommended")
  func mostlyNew() throws {
    let (shop, catalog) = Shop.mostlyNew()
    // A softmax over 100,000 candidates takes minutes, and this is about what no family learns from.
    let outcome = try run(shop, catalog: catalog, "tune.families=[ials]")
    #expect(outcome.result.status == 0, "\(outcome.result.error)")
    #expect(outcome.verdict.contains("two-tower beats popularity"), "\(outcome.verdict)")
    #expect(outcome.result.said.contains("of 100000 what, such as \""), "\(outcome.result.said)")
    let chosen = Set(shop.lines.map { String($0.split(separator: ",")[1]) })
    let told = try outcome.recommended("user-17", "--k", "100")
    #expect(told.count == 100 && chosen.isSuperset(of: told))
    // User 17 has taste 17.
    let own = Set((17 * 50..<18 * 50).map { "item-\($0)" })
    #expect(told.prefix(10).allSatisfy { own.contains($0) }, "\(told.prefix(10))")
  }

  @Test("lists and exports have both the ids of the orders and the names of the catalog")
  func names() throws {
    let shop = Shop.oneUserHasHalf()
    let goods = Set(shop.lines.map { String($0.split(separator: ",")[1]) }).sorted()
    let catalog = "what,called\n" + goods.map { "\($0),The \($0.uppercased())" }.joined(separator: "\n") + "\n"
    let outcome = try run(
      shop, catalog: catalog, "ingest.candidate-name=called", "serve-export.forms=[native, saved-model, onnx]")
    #expect(outcome.result.status == 0, "\(outcome.result.error)")
    let servable = "artifacts/serve-export/latest/servable.tandem"
    let words = ["user-3", "--k", "3", "--servable", servable]
    let text = try outcome.workshop.run("\(Workshop.released)/recommend", words)
    let json = try outcome.workshop.run("\(Workshop.released)/recommend", words + ["--json"])
    #expect(json.output.contains("\"name\":\"The ITEM-"), "\(json.output)")
    let told = text.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").dropFirst() }
    #expect(told.count == 3 && told.allSatisfy { $0.count == 3 && $0.first?.uppercased() == $0.last.map(String.init) })
    let exported = try outcome.workshop.run("\(Workshop.released)/inspect", ["serve-export.servable"]).output
    #expect(exported.contains("  The ITEM-"), "\(exported)")
    #expect(
      try run(shop, catalog: catalog, "ingest.candidate-name=caled").result.error.contains("did you mean \"called\"?"))
    #expect(
      try run(shop, "ingest.candidate-name=called").result.error.contains("--candidate-name is for a --catalog-file"))
  }

  @Test("one user with half of all rows does not harm the others")
  func oneUserHasHalf() throws {
    let outcome = try run(.oneUserHasHalf())
    #expect(outcome.result.status == 0, "\(outcome.result.error)")
    #expect(outcome.verdict.contains("two-tower beats popularity"), "\(outcome.verdict)")
    let own = Set((60..<80).map { "item-\($0)" })
    #expect(try outcome.recommended("user-3", "--k", "5", "--exclude-seen").allSatisfy { own.contains($0) })
  }

  @Test("one customer gives an undecided verdict and is still served; a single item needs no model")
  func single() throws {
    let user = try run(.oneUser())
    #expect(user.result.status == 0, "\(user.result.error)")
    #expect(user.verdict.contains("undecided"), "\(user.verdict)")
    #expect(try user.recommended("only-customer").count == 8)
    // Nothing is to be chosen, and popularity says as much.
    let good = try run(.oneGood())
    #expect(
      good.result.status == 1 && good.result.error.contains("two-tower equals popularity"), "\(good.result.error)")
  }
}
