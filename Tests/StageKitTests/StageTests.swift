import ArgumentParser
import Artifacts
import Foundation
import Testing

@testable import StageKit

enum Flavour: String, ChoiceParam { case sweet, sour }

/// Copies a number, many times.
struct CopyStage: Stage {
  static let name = "copy"
  static let version = 4
  static let summary = "Copy a number."
  static let type = ArtifactType("numbers", version: 1)
  static let inputs = [Port("numbers", type), Port("more", type, optional: true), Port.source("raw")]
  static let outputs = [Port("copies", type)]

  @OptionGroup var files: StageFiles
  @Option(help: "How often.") var times = 1
  @Option(help: "By how much.") var stepWidth = 0.5
  @Option(help: "Which.") var flavour = Flavour.sweet
  @Option(help: "A word or none.") var word: String?
  @Option(help: "Several.") var ks = [1, 5]
  @Option(help: "Whether.") var loud = false

  func validate() throws {
    guard times > 0 else { throw ValidationError("--times is \(times); give at least 1") }
  }

  func run(in context: StageContext) throws {
    let numbers: [Int64] = try context.input("numbers").read("numbers")
    let writer = try ArtifactWriter(path: context.output("copies"), type: Self.type)
    try writer.add("numbers", (0..<times).flatMap { _ in numbers })
    try writer.publish(lineage: context.lineage())
  }
}

@Suite("A stage program")
final class StageTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stage-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try write("numbers", type: CopyStage.type)
    try write("others", type: ArtifactType("letters", version: 1))
    try "raw".write(toFile: "\(folder)/raw", atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ name: String, type: ArtifactType) throws {
    let writer = try ArtifactWriter(path: "\(folder)/\(name).tandem", type: type)
    try writer.add("numbers", [Int64(1), 2])
    try writer.publish(lineage: Lineage(stage: "test", stageVersion: 1))
  }

  private var inputs: [String] { ["--input", "numbers=\(folder)/numbers.tandem", "--input", "raw=\(folder)/raw"] }

  private func respond(_ words: String..., inputs: [String]? = nil, output: String = "out.tandem") -> Ending {
    CopyStage.respond(to: (inputs ?? self.inputs) + ["--output", "copies=\(folder)/\(output)"] + words)
  }

  @Test("tells its ports and params, reflected from what it declares")
  func describe() throws {
    let description = try JSON.parse(try #require(CopyStage.respond(to: ["--describe"]).output))
    #expect(description["contract"] == 1)
    #expect(description["stage"] == "copy")
    #expect(description["version"] == 4)
    #expect(
      description["inputs"] == [
        ["name": "numbers", "type": "numbers", "version": 1, "optional": false],
        ["name": "more", "type": "numbers", "version": 1, "optional": true],
        ["name": "raw", "type": "source", "version": 0, "optional": false],
      ])
    func param(
      _ name: String, _ type: String, _ value: JSON, _ help: String, list: Bool = false, choices: [String] = []
    ) -> JSON {
      [
        "name": JSON(name), "type": JSON(type), "default": value, "help": JSON(help), "list": .bool(list),
        "choices": JSON(choices),
      ]
    }
    #expect(
      description["params"] == [
        param("times", "integer", 1, "How often."), param("step-width", "number", .number(0.5), "By how much."),
        param("flavour", "choice", "sweet", "Which.", choices: ["sweet", "sour"]),
        param("word", "text", .null, "A word or none."), param("ks", "integer", [1, 5], "Several.", list: true),
        param("loud", "boolean", false, "Whether."),
      ])
  }

  @Test("writes its output with params, defaults and input digests in the lineage")
  func lineage() throws {
    #expect(respond("--times=3", "--ks", "7", "--ks", "9") == Ending())
    let file = try ArtifactFile(path: "\(folder)/out.tandem", type: CopyStage.type)
    #expect(try file.read("numbers") == [Int64(1), 2, 1, 2, 1, 2])
    #expect(file.header.lineage.stage == "copy")
    #expect(file.header.lineage.stageVersion == 4)
    #expect(
      file.header.lineage.params == [
        "times": 3, "step-width": .number(0.5), "flavour": "sweet", "word": .null, "ks": [7, 9], "loud": false,
      ])
    #expect(
      file.header.lineage.inputs == [
        "numbers": try ArtifactFile(path: "\(folder)/numbers.tandem").digest,
        "raw": try SourceDigest.of("\(folder)/raw"),
      ])
  }

  @Test("takes long values and lists from a file, to the same effect")
  func paramsFile() throws {
    try "{\"times\": 2, \"ks\": [3, 4], \"flavour\": \"sour\", \"loud\": true}"
      .write(toFile: "\(folder)/params.json", atomically: true, encoding: .utf8)
    #expect(respond("--params-file", "\(folder)/params.json") == Ending())
    let params = try ArtifactFile(path: "\(folder)/out.tandem").header.lineage.params
    #expect(params["ks"] == [3, 4] && params["flavour"] == "sour" && params["loud"] == true)
    for (text, part) in [
      ("[1]", "a JSON object"), ("{\"x\":1}", "no such param"), ("{", "byte"), ("{\"ks\":[[1]]}", "a value or a list"),
    ] {
      try text.write(toFile: "\(folder)/bad.json", atomically: true, encoding: .utf8)
      let ending = respond("--params-file=\(folder)/bad.json", output: "other.tandem")
      #expect(ending.code == 1 && ending.complaint?.contains(part) == true, "\(ending)")
    }
  }

  @Test("refuses a wrong command line with one line and exit code 64")
  func usage() {
    let cases: [([String], String)] = [
      (["--times", "0"], "--times is 0; give at least 1"), (["--times", "many"], "times"),
      (["--flavour=salty"], "flavour"),
      (["--tims=3"], "tims"), (["--times=1", "--times=2"], "--times is given twice"),
      (["--threads", "0"], "--threads is 0"),
      (["--input", "nmbers=x"], "no input \"nmbers\"; there are: numbers, more, raw"),
      (["--input", "numbers"], "give it as NAME=FILE"),
      (["--input", "numbers=\(folder)/numbers.tandem"], "--input numbers is given twice"),
      (["--output", "copies=x"], "--output copies is given twice"),
      (["--output", "more=x"], "no output \"more\"; there are: copies"),
      (["--step-width=nan"], "--step-width is nan; give a finite number"), (["stray"], "stray"),
    ]
    for (words, part) in cases {
      let ending = CopyStage.respond(to: inputs + ["--output", "copies=\(folder)/out.tandem"] + words)
      #expect(ending.code == 64, "\(words)")
      #expect(ending.complaint?.hasPrefix("copy: ") == true && ending.complaint?.contains(part) == true, "\(ending)")
      #expect(ending.complaint?.contains("\n") == false)
    }
    #expect(CopyStage.respond(to: inputs).complaint == "copy: no copies: give --output copies=FILE")
    #expect(CopyStage.respond(to: ["--output", "copies=x"]).complaint == "copy: no numbers: give --input numbers=FILE")
    #expect(CopyStage.respond(to: ["--help"]).code == 0)
  }

  @Test("refuses before it works what would fail after it")
  func early() throws {
    let numbers = "numbers=\(folder)/numbers.tandem"
    let cases: [(Ending, String)] = [
      (
        respond(inputs: ["--input", numbers, "--input", "raw=\(folder)/nowhere"]),
        "nowhere: open: no such file or folder"
      ),
      (
        respond(inputs: ["--input", "numbers=\(folder)/gone.tandem", "--input", "raw=\(folder)/raw"]),
        "gone.tandem: open: no such file"
      ),
      (
        respond(inputs: ["--input", "numbers=\(folder)/others.tandem", "--input", "raw=\(folder)/raw"]),
        "holds \"letters\", and \"numbers\" is wanted"
      ),
      (respond(output: "numbers.tandem"), "exists already; published files are never replaced"),
      (respond(output: "no/out.tandem"), "/no: "),
    ]
    for (ending, part) in cases {
      #expect(ending.code == 1 && ending.complaint?.contains(part) == true, "\(ending)")
      #expect(ending.complaint?.contains("\n") == false)
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.tandem"))
  }
}
