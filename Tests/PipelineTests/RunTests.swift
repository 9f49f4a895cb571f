import Foundation
import Testing

@testable import Pipeline

@Suite("A run")
struct RunTests {
  private let chain: [(name: String, inputs: [String: String], params: String)] = [
    ("one", [:], "text: first"), ("two", ["a": "one.out"], ""), ("three", ["a": "two.out"], "count: 3"),
    ("side", ["a": "one.out"], ""),
  ]

  @Test("runs every stage once, then only the stages that depend on a change")
  func unchanged() throws {
    let workshop = try Workshop()
    try workshop.pipeline(chain)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.record().results.values.allSatisfy { $0 == "made" })
    // In another order, with comments, other quotes, from another folder: the same pipeline.
    try workshop.pipeline([chain[3], chain[1], chain[2], ("one", [:], "\"text\": 'first' # a comment\n   ")])
    let elsewhere = try workshop.runner(
      "\(workshop.folder)/pipeline.yaml", environment: ["LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Tokyo"], in: "/")
    #expect(elsewhere.status == 0)
    #expect(try workshop.record().results.values.allSatisfy { $0 == "hit" }, "\(elsewhere.error)")
    let changed = try workshop.runner("pipeline.yaml", "--set", "two.rate=0.25")
    #expect(changed.error.contains("run    two    param rate 0.5 → 0.25"))
    #expect(try workshop.record().results == ["one": "hit", "two": "made", "three": "made", "side": "hit"])
    let back = try workshop.runner("pipeline.yaml")
    #expect(back.error.contains("hit    two    made before, version"))
    #expect(try workshop.record().results.values.allSatisfy { $0 == "hit" })
  }

  @Test("runs no downstream stages if an output is unchanged")
  func earlyCutOff() throws {
    let workshop = try Workshop()
    try workshop.pipeline(chain)
    try workshop.runner("pipeline.yaml")
    // A param that changes nothing, and a forced stage: what follows stays.
    try workshop.runner("pipeline.yaml", "--set", "one.comment=other")
    #expect(try workshop.record().results == ["one": "made", "two": "hit", "three": "hit", "side": "hit"])
    let forced = try workshop.runner("pipeline.yaml", "--only", "one", "--force")
    #expect(forced.error.contains("the same contents as before"))
    #expect(try workshop.record().results == ["one": "kept"])
    #expect(workshop.list("artifacts/one").count == 3)
  }

  @Test("publishes the new outputs of a forced stage, and reports that it is not deterministic")
  func nondeterministic() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("clock", [:], "mode: time"), ("after", ["a": "clock.out"], "")])
    try workshop.runner("pipeline.yaml")
    let before = try #require(try workshop.note("clock")["time"] as? Int)
    let forced = try workshop.runner("pipeline.yaml", "--only", "clock", "--force")
    #expect(forced.error.contains("it is not deterministic"))
    #expect(try #require(try workshop.note("clock")["time"] as? Int) > before)
    let next = try workshop.runner("pipeline.yaml")
    #expect(next.status == 0)
    #expect(try workshop.record().results == ["clock": "hit", "after": "made"])
  }

  @Test("requests an optional output only if a stage reads it, and makes it once one does")
  func optionalOutput() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out"], "")])
    try workshop.runner("pipeline.yaml")
    func outputs() throws -> [String] { try workshop.record().stages[0].outputs.keys.sorted() }
    #expect(try outputs() == ["out"])
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out", "b": "one.more"], "")])
    let read = try workshop.runner("pipeline.yaml")
    #expect(read.error.contains("run    one  other outputs than before"), "\(read.error)")
    #expect(try outputs() == ["more", "out"])
    // The reader decides, whether it runs or not.
    #expect(try workshop.runner("pipeline.yaml", "--only", "one").status == 0)
    #expect(try workshop.record().results == ["one": "hit"])
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    one  made before"))
    #expect(try outputs() == ["out"])
  }

  @Test("of one stage uses its upstream outputs as they are")
  func only() throws {
    let workshop = try Workshop()
    try workshop.pipeline(chain)
    let early = try workshop.runner("pipeline.yaml", "--only", "two")
    #expect(early.status == 1)
    #expect(early.error.contains("two needs one, which was never made; run it without --only, or with --from one"))
    #expect(workshop.list("artifacts").isEmpty)
    try workshop.runner("pipeline.yaml")
    let alone = try workshop.runner("pipeline.yaml", "--only", "two", "--set", "one.text=other", "--set", "two.count=9")
    #expect(alone.error.contains("reuse  one    not selected; version"))
    #expect(alone.error.contains("not up to date: param text first → other"))
    #expect(try workshop.record().results == ["one": "reused", "two": "made"])
    try workshop.runner("pipeline.yaml", "--from", "two", "--force")
    #expect(try workshop.record().results == ["one": "reused", "two": "kept", "three": "kept"])
    let nobody = try workshop.runner("pipeline.yaml", "--only", "tow")
    #expect(nobody.status != 0)
    #expect(nobody.error.contains("no stage \"tow\""))
  }

  @Test("that is dry predicts what the run then does")
  func plan() throws {
    var random = SystemRandomNumberGenerator()
    // The graphs are random; the seed of a failure is its pipeline, which the message holds.
    for _ in 0..<12 {
      let workshop = try Workshop()
      let count = Int.random(in: 2...5, using: &random)
      func graph() -> [(name: String, inputs: [String: String], params: String)] {
        (0..<count).map { number in
          var inputs: [String: String] = [:]
          for port in ["a", "b"] where number > 0 && Bool.random() {
            inputs[port] = "s\(Int.random(in: 0..<number)).out"
          }
          return ("s\(number)", inputs, "count: \(Int.random(in: 1...2)), comment: c\(Int.random(in: 0...1))")
        }
      }
      for _ in 0..<3 {
        try workshop.pipeline(graph())
        let text = try workshop.read("pipeline.yaml")
        let dry = try workshop.runner("pipeline.yaml", "--dry-run")
        #expect(dry.status == 0)
        #expect(try workshop.runner("pipeline.yaml").status == 0)
        let results = try workshop.record().results
        for line in dry.output.split(separator: "\n") {
          let words = line.split(separator: " ").map(String.init)
          switch words[0] {
          case "hit": #expect(results[words[1]] == "hit", "\(text)\n\(dry.output)")
          case "run": #expect(results[words[1]] == "made", "\(text)\n\(dry.output)")
          default: #expect(words[0] == "open" && results[words[1]] != nil)
          }
        }
        #expect(dry.output.split(separator: "\n").count == count)
      }
    }
  }

  @Test("passes every value on byte for byte")
  func arguments() throws {
    let workshop = try Workshop()
    let values = [
      "two words", "it's \"quoted\"", "-dash", "--flag", "a=b", "tab\there", "new\nline", "émoji 🎬", "$HOME", "*",
    ]
    for value in values {
      let quoted = String(decoding: try JSONEncoder().encode(value), as: UTF8.self).replacingOccurrences(
        of: "\\/", with: "/")
      try workshop.pipeline([("s", [:], "text: \(quoted), words: [\(quoted), x]")])
      #expect(try workshop.runner("pipeline.yaml").status == 0)
      let params = try #require(try workshop.note("s")["params"] as? [String: Any])
      #expect(params["text"] as? String == value)
      #expect(params["words"] as? [String] == [value, "x"])
    }
    let long = String(repeating: "long ", count: 40_000)
    try workshop.pipeline([("s", [:], "text: \"\(long)\"")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try #require(try workshop.note("s")["params"] as? [String: Any])["text"] as? String == long)
    try workshop.pipeline([("s", [:], "text: \"a\\0b\"")])
    #expect(try workshop.runner("pipeline.yaml").error.contains("a text cannot hold a zero byte"))
  }

  @Test("passes only declared environment variables, which are part of the cache key")
  func environment() throws {
    let workshop = try Workshop()
    let stage = """
      stages:
        s:
          program: \(Workshop.stage)
          environment: [CITY, NOWHERE]
          params: { mode: environment }
      """
    try workshop.write(stage, to: "pipeline.yaml")
    #expect(try workshop.runner("pipeline.yaml", environment: ["CITY": "Bern", "SECRET": "x"]).status == 0)
    let seen = try #require(try workshop.note("s")["environment"] as? [String: String])
    #expect(seen["CITY"] == "Bern")
    #expect(seen["LANG"] == "C.UTF-8")
    #expect(seen["SECRET"] == nil)
    #expect(seen["NOWHERE"] == nil)
    #expect(Set(ProcessEnvironment.ofStage(declared: [:]).keys).isSubset(of: ["LANG", "PATH", "HOME", "TMPDIR"]))
    try workshop.runner("pipeline.yaml", environment: ["CITY": "Bern", "SECRET": "y"])
    #expect(try workshop.record().results == ["s": "hit"])
    let moved = try workshop.runner("pipeline.yaml", environment: ["CITY": "Basel"])
    #expect(moved.error.contains("environment CITY"))
  }

  @Test("runs a stage again if its program or a declared dependency has changed")
  func programs() throws {
    let workshop = try Workshop()
    let program = try String(contentsOfFile: Workshop.stage, encoding: .utf8)
    try workshop.write(program, to: "own/stage.py", executable: true)
    try workshop.write("one", to: "own/module.py")
    try workshop.write("stages:\n  s: { program: own/stage.py, depends: [own/module.py] }\n", to: "pipeline.yaml")
    func decision() throws -> String {
      #expect(try workshop.runner("pipeline.yaml").status == 0)
      return try #require(try workshop.record().stages.first).reasons
    }
    #expect(try decision() == "never made")
    try workshop.write("one", to: "own/module.py")
    #expect(try decision() == "unchanged")
    try workshop.write("two", to: "own/module.py")
    #expect(try decision() == "program changed")
    try workshop.write(program + "# More.\n", to: "own/stage.py", executable: true)
    #expect(try decision() == "program changed")
    try workshop.write(
      program.replacingOccurrences(of: "\"version\": 1,\n    \"summary\"", with: "\"version\": 2,\n    \"summary\""),
      to: "own/stage.py", executable: true)
    #expect(try decision() == "program version 1 → 2")
  }

  @Test("leaves a record of what was done and why")
  func record() throws {
    let workshop = try Workshop()
    try workshop.pipeline(chain)
    try workshop.runner("pipeline.yaml")
    let record = try workshop.record()
    #expect(record.state == "finished")
    #expect(record.stages.map(\.stage) == ["one", "two", "three", "side"])
    for stage in record.stages {
      let output = try #require(stage.outputs["out"])
      #expect(FileManager.default.fileExists(atPath: "\(workshop.folder)/\(output.path)"))
      #expect(try workshop.read(try #require(stage.log)).contains("note: ok"))
      #expect(stage.reasons == "never made")
    }
  }
}
