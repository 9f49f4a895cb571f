import Foundation
import Testing

@Suite("The history of measured runs", .serialized)
struct RunHistoryTests {
  /// Two runs of the tutorial, the second with another number of epochs.
  private func workshop() throws -> Workshop {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: "pipeline.yaml", ["--set", "train.epochs=1"])
    try workshop.run(pipeline: "pipeline.yaml", ["--set", "train.epochs=3"])
    return workshop
  }

  private func runner(_ workshop: Workshop, _ verb: String, _ arguments: String...) throws -> Workshop.Result {
    let result = try workshop.run(
      Workshop.runner, [verb, "\(Workshop.package)/pipeline.yaml", "--artifacts", "artifacts"] + arguments)
    #expect(result.status == 0, "\(result.said)")
    return result
  }

  @Test("has metrics with intervals, a curve over days, what changed between two runs, and whether it is beyond them")
  func metrics() throws {
    let workshop = try workshop()
    let history = try runner(workshop, "history")
    let lines = history.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines[0].contains("recall@10") && lines[0].contains("ndcg@10") && lines[0].contains("hit_rate@100"), "\(lines[0])"
    )
    #expect(lines[1].contains(" ± ") && lines[2].hasSuffix("latest"), "\(history.output)")
    #expect(lines[4] == "recall@10 by day (two-tower, seen-excluded):")
    #expect(lines[5].contains("█"))
    let chosen = try runner(workshop, "history", "--metric", "ndcg@5")
    #expect(chosen.output.contains("ndcg@5 by day"))

    // Both points are there already.
    let swept = try runner(
      workshop, "sweep", "--stages-dir", Workshop.released, "--try", "train.epochs=1,3", "--metric", "recall@10")
    let points = swept.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    #expect(!swept.error.contains("\nrun    ") && points.map { $0[0] }.sorted() == ["1", "3"], "\(swept.said)")
    #expect(Double(points[0][1]) ?? 0 > Double(points[1][1]) ?? 1, "\(swept.output)")
    #expect(points.allSatisfy { lines[1].contains($0[1]) || lines[2].contains($0[1]) }, "\(swept.output)")

    let compared = try runner(workshop, "compare", "latest~3", "latest~2")
    #expect(compared.output.contains("param   train.epochs"), "\(compared.output)")
    let row = compared.output.split(separator: "\n").first {
      $0.split(separator: " ").prefix(2) == ["hit_rate@100", "seen-excluded"]
    }
    #expect(row?.hasSuffix("beyond both") == true || row?.hasSuffix("overlap") == true, "\(compared.output)")
    let inFull = try runner(workshop, "compare", "latest~3", "latest~2", "--json")
    let json = try #require(JSONSerialization.jsonObject(with: Data(inFull.output.utf8)) as? [String: Any])
    let metrics = try #require(json["metrics"] as? [[String: Any]])
    // As the artifacts have them.
    let artifact = try workshop.metric("evaluate.metrics", "two-tower,seen-excluded,all,recall,10")
    let recall = metrics.compactMap { $0["second"] as? [String: Any] }.first {
      $0["model"] as? String == "two-tower" && $0["metric"] as? String == "recall" && $0["k"] as? Int == 10
        && $0["protocol"] as? String == "seen-excluded"
    }
    // Foundation's reader of JSON may miss the last digit.
    #expect(abs(try #require(recall?["value"] as? Double) - artifact) < 1e-12)
    for change in metrics {
      guard let first = change["first"] as? [String: Any], let second = change["second"] as? [String: Any],
        let (low, high) = (first["low"] as? Double).flatMap({ low in (first["high"] as? Double).map { (low, $0) } }),
        let otherLow = second["low"] as? Double, let otherHigh = second["high"] as? Double
      else { continue }
      #expect(change["beyond_intervals"] as? Bool == (otherHigh < low || otherLow > high))
    }
  }

  @Test("is read from the record where the artifacts were removed")
  func removed() throws {
    let workshop = try workshop()
    let before = try runner(workshop, "history").output.split(separator: "\n")
    let run = workshop.list("artifacts/runs")[0]
    let json = try workshop.read("artifacts/runs/\(run)/run.json")
    let path = try #require(json.firstMatch(of: /"path": "(artifacts\/evaluate\/[^\/]+)\/metrics.tandem"/)).1
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/\(path)")
    let after = try runner(workshop, "history").output.split(separator: "\n")
    let numbers = { (line: Substring) in line.split(separator: " ").filter { $0.hasPrefix("0.") } }
    // Without intervals, which the record does not have.
    #expect(numbers(after[1]).first == numbers(before[1]).first && !after[1].contains("±"), "\(after[1])")
    let page = try runner(workshop, "report", String(run)).output.split(separator: "\n")
    #expect(try workshop.read(String(page[0])).contains("removed since; the record of the run has this of it"))
  }

  @Test("has a page for every run: graph, metrics beside baselines and the run before, curves, recommendations")
  func report() throws {
    let workshop = try workshop()
    let path = try runner(workshop, "report").output.split(separator: "\n")[0]
    let page = try workshop.read(String(path))
    #expect(path.hasSuffix("/report.html"))
    for text in [
      "<svg class=\"graph\"", "param epochs 1 → 3", "recall@10 <span", ">popularity</span>", ">the run before</span>",
      "recall@10 by slice", "training loss", "recommendations for user_id 42", "class=\"verdict\"", "train.model",
      ">train.epochs</td>",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // Nothing is fetched, and nothing runs.
    #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("<script") && !page.contains("url("))
    let first = try runner(workshop, "report", "latest~1", "--output", "first.html")
    #expect(first.output == "first.html\n")
    #expect(try !workshop.read("first.html").contains("Against the run before"))
  }

  @Test("is at hand for the other tools by the pipeline file, without paths")
  func tools() throws {
    let workshop = try workshop()
    func tool(_ name: String, _ words: String...) throws -> Workshop.Result {
      // What follows the file is the tool's.
      try workshop.run(
        Workshop.runner, [name, "--artifacts", "artifacts", "\(Workshop.package)/pipeline.yaml"] + words)
    }
    let answer = try tool("recommend", "42", "--k", "2", "--json")
    #expect(answer.status == 0 && answer.output.contains("\"query\":\"42\""), "\(answer.said)")
    let shown = try tool("inspect", "train")
    #expect(shown.status == 0 && shown.output.contains("training loss"), "\(shown.said)")
    let verified = try tool("inspect", "verify")
    #expect(verified.status == 0 && verified.output.hasSuffix("artifacts are sound\n"), "\(verified.said)")
    let other = try Workshop()
    try other.pipeline([("s", [:], "")])
    let refused = try other.run(Workshop.runner, ["recommend", "pipeline.yaml", "42"])
    #expect(
      refused.status == 1
        && refused.error == "runner: no stage of \"notes\" has a servable in artifacts; run the pipeline first\n")
  }

  @Test("draws a pipeline as SVG: every stage beneath what it reads, and no line behind a stage")
  func drawing() throws {
    let workshop = try Workshop()
    try workshop.pipeline([
      ("a", [:], ""), ("b", [:], ""), ("middle", ["a": "b.out"], ""), ("end", ["a": "a.out", "b": "middle.out"], ""),
    ])
    let drawn = try workshop.run(
      Workshop.runner, ["graph", "pipeline.yaml", "--stages-dir", "programs", "--format", "svg"])
    #expect(drawn.status == 0, "\(drawn.said)")
    #expect(drawn.output.hasPrefix("<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\""))
    let boxes = drawn.output.matches(of: /<title>([a-z]+)[^<]*<\/title><rect x="(\d+)" y="(\d+)" width="(\d+)"/).map {
      (name: String($0.1), left: Int($0.2) ?? 0, top: Int($0.3) ?? 0, width: Int($0.4) ?? 0)
    }
    #expect(boxes.map(\.name) == ["a", "b", "middle", "end"])
    try #require(boxes.count == 4)
    #expect(boxes[0].top == boxes[1].top && boxes[1].top < boxes[2].top && boxes[2].top < boxes[3].top)
    let past = try #require(drawn.output.firstMatch(of: /<path d="M(\d+) (\d+)V/), "\(drawn.output)")
    let (x, y) = (Int(past.1) ?? 0, Int(past.2) ?? 0)
    #expect(y == boxes[2].top && (x < boxes[2].left || x > boxes[2].left + boxes[2].width))
  }

  @Test("has pages in which whatever was given as text stays text")
  func escaped() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "text: \"<script>alert(1)</script>&\\\"'\"")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    try workshop.pipeline([("s", [:], "text: \"<b onclick='x'>\", mode: fail")])
    #expect(try workshop.runner("pipeline.yaml").status == 1)
    let result = try workshop.run(Workshop.runner, ["report", "pipeline.yaml", "--output", "page.html"])
    #expect(result.status == 0, "\(result.said)")
    let page = try workshop.read("page.html")
    #expect(!page.contains("<script") && !page.contains("<b onclick"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"), "\(page)")
    #expect(page.contains("class=\"error\">s failed (exit code 1): note: this is why it failed"))
  }
}
