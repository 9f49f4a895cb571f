import Artifacts
import Testing

@testable import Pipeline

@Suite("The grammar of a pipeline file")
struct GrammarTests {
  private func problems(_ text: String) -> [String] {
    var reader = PipelineReader(path: "p.yaml", text: text)
    do {
      let definition = try reader.read()
      return lines(reader.problems + GraphCheck(definition).problems)
    } catch let error as InvalidPipeline { return lines(error.diagnostics) } catch { return ["\(error)"] }
  }

  private func lines(_ diagnostics: [Diagnostic]) -> [String] {
    diagnostics.map { diagnostic in
      guard case .file(let line, let column) = diagnostic.place else { return diagnostic.message }
      return "\(line):\(column): \(diagnostic.message)"
    }
  }

  @Test("gives errors with their positions")
  func positions() {
    let cases: [(String, [String])] = [
      ("", ["1:1: the file is empty; expected \"stages:\""]),
      (
        "stages",
        [
          "1:1: a pipeline: expected a mapping (\"name: value\"), found a value",
          "1:1: no \"stages\"; a pipeline has at least one",
        ]
      ),
      ("name: x\n", ["1:1: no \"stages\"; a pipeline has at least one"]),
      ("stages:\n  a: {}\nsource: {}\n", ["3:1: a pipeline has no \"source\"; did you mean \"sources\"?"]),
      ("stages:\n  a:\n    input: {}\n", ["3:5: stage \"a\" has no \"input\"; did you mean \"inputs\"?"]),
      ("stages:\n  a: {}\n  a: {}\n", ["3:3: \"a\" is given twice"]),
      ("stages: { a: {}, b: {}, a: {} }\n", ["1:25: \"a\" is given twice"]),
      (
        "stages:\n\ta: {}\n",
        ["2:1: not YAML: found character that cannot start any token; indent with spaces, not tabs"]
      ),
      ("stages:\n  runs: {}\n", ["2:3: \"runs\" is reserved; choose another name for the stage"]),
      (
        "stages:\n  a b: {}\n",
        ["2:3: \"a b\" is not a valid name: use letters, digits, \"-\" and \"_\", 64 at the most"]
      ),
      ("stages:\n  a:\n    inputs: { x: b.out }\n  c: {}\n", ["3:18: no stage \"b\"; there is c"]),
      ("stages:\n  a:\n    inputs: { x: sources.raw }\n", ["3:18: no source \"raw\""]),
      (
        "stages:\n  a:\n    inputs: { x: b }\n",
        ["3:18: \"b\" is not an input; write STAGE.OUTPUT or sources.NAME"]
      ),
      (
        "stages:\n  a:\n    inputs: [x]\n",
        ["3:13: inputs: expected a mapping (\"name: value\"), found a list"]
      ),
      ("sources:\n  raw: { fetch: get }\nstages:\n  a: {}\n", ["2:3: source \"raw\" has no path"]),
      (
        "sources:\n  raw: { path: x, digest: abc }\nstages: { a: {} }\n",
        ["2:27: a digest has 64 lower-case hexadecimal digits"]
      ),
      (
        "stages:\n  a: { inputs: { x: c.o } }\n  b: { inputs: { x: a.o } }\n  c: { inputs: { x: b.o } }\n",
        ["2:3: stages wait for each other: a → b → c → a"]
      ),
      ("stages:\n  a: { inputs: { x: a.o } }\n", ["2:3: stages wait for each other: a → a"]),
      ("executor: slrum\nstages: { a: {} }\n", ["1:11: executor is \"slrum\"; did you mean \"slurm\"?"]),
      ("executor: { kubernetes: {} }\nstages: { a: {} }\n", ["1:13: executor has no \"kubernetes\"; there is slurm"]),
      (
        "executor: { slurm: { queue: x, partition: a b, account: -x } }\nstages: { a: {} }\n",
        [
          "1:22: slurm has no \"queue\"; there are account, options, partition",
          "1:43: partition is \"a b\"; give a name of letters, digits, \"-\", \"_\" and \".\"",
          "1:57: account is \"-x\"; give a name of letters, digits, \"-\", \"_\" and \".\"",
        ]
      ),
      (
        "executor: { slurm: { options: [-q low, --mem=3G, --qos=low, --hold] } }\nstages: { a: {} }\n",
        [
          "1:32: \"-q low\" is not a long option of sbatch; write it as --NAME or --NAME=VALUE",
          "1:40: options has \"--mem\", which every job is given; write resources: { memory: SIZE } in the stage",
          "1:61: options has \"--hold\", which every job is given; leave it out; the runner gives it",
        ]
      ),
      (
        "stages:\n  a: { resources: { time: 3 hours } }\n",
        ["2:27: time is \"3 hours\"; give a time such as 30s, 90m, 12h or 7d"]
      ),
      ("stages: *nowhere\n", ["1:9: not YAML: found undefined alias"]),
      ("stages: { a: {}\n", ["2:1: not YAML: did not find expected ',' or '}'"]),
      ("stages:\n  a: {}\n---\nstages: {}\n", ["3:1: not YAML: but found another document"]),
    ]
    for (text, wanted) in cases { #expect(problems(text) == wanted, "\(text)") }
  }

  @Test("reports all errors at once, in the order of the file, with their lines")
  func allAtOnce() throws {
    let text = "nam: x\nstages:\n  a:\n    inpts: {}\n    inputs: { x: q.o }\n"
    var reader = PipelineReader(path: "p.yaml", text: text)
    let definition = try reader.read()
    let error = reader.error(GraphCheck(definition).problems + reader.problems)
    #expect(
      error.description == """
        p.yaml:1:1: a pipeline has no "nam"; did you mean "name"?
            nam: x
            ^
        p.yaml:4:5: stage "a" has no "inpts"; did you mean "inputs"?
                inpts: {}
                ^
        p.yaml:5:18: no stage "q"
                inputs: { x: q.o }
                             ^
        """)
  }

  @Test("refuses hostile files quickly")
  func limits() {
    let clock = ContinuousClock()
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<12 {
      bomb += "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
    }
    let deep = "stages: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    let nested = String(repeating: "- ", count: 200_000) + "x"
    let stages = "stages:\n" + (0...1000).map { "  s\($0): {}\n" }.joined()
    let cases = [
      (bomb, "values, aliases counted"), (deep, "nested more than 32 deep"), (nested, "not YAML"),
      (String(repeating: "# long\n", count: 200_000), "bytes, and 1048576 are the most"),
      (stages, "1001 stages, and 1000 are the most"),
    ]
    for (text, wanted) in cases {
      let time = clock.measure { #expect(problems(text).contains { $0.contains(wanted) }, "\(wanted)") }
      #expect(time < .seconds(5))
    }
  }

  @Test("orders a thousand stages, each after its inputs")
  func longChain() throws {
    let count = 999
    var text = "stages:\n"
    for number in 0..<count { text += "  s\(number): { inputs: { a: s\(number + 1).out } }\n" }
    var reader = PipelineReader(path: "p.yaml", text: text + "  s\(count): {}\n")
    let definition = try reader.read()
    let clock = ContinuousClock()
    var names: [String] = []
    #expect(clock.measure { names = GraphCheck(definition).order.map(\.name.value) } < .seconds(5))
    #expect(names == (0...count).reversed().map { "s\($0)" })
  }

  @Test("gives the same pipeline in any order, quoting and style, and with anchors")
  func equivalentSpellings() throws {
    func params(_ text: String) throws -> [String: String?] {
      var reader = PipelineReader(path: "p.yaml", text: text)
      let definition = try reader.read()
      #expect(reader.problems.isEmpty)
      let stage = try #require(definition.stage("a"))
      return Dictionary(uniqueKeysWithValues: stage.params.map { ($0.name.value, $0.value.scalar) })
    }
    let plain = try params("stages:\n  a:\n    params: { x: 1, y: two }\n")
    #expect(try plain == params("stages:\n  a:\n    params:\n      \"y\": 'two'\n      x: \"1\" # one\n"))
    #expect(try plain == params("stages:\n  b: { params: &p { x: 1, y: two } }\n  a: { params: *p }\n"))
  }
}
