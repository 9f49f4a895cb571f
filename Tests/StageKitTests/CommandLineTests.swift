import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles
import TestKit
import Testing

@testable import StageKit

@Suite struct CommandLineTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(Array("notes".utf8), to: "notes.txt")
    try DoublingStage.publish([1, 2, 3], to: scratch.file("in"), lineage: Lineage(stage: "test", stageVersion: 1))
  }

  private var words: [String] {
    [
      "--input", "numbers=\(scratch.file("in"))", "--input", "notes=\(scratch.file("notes.txt"))", "--output",
      "doubled=\(scratch.file("doubled"))", "--output", "count=\(scratch.file("count"))",
    ]
  }

  private func run(_ more: [String], without unwanted: String? = nil) -> Ending {
    var given = words
    if let unwanted, let place = given.firstIndex(where: { $0.hasPrefix(unwanted) }) {
      given.removeSubrange(place - 1...place)
    }
    return DoublingStage.respond(to: given + more)
  }

  private func numbers(_ name: String) throws -> [Double] {
    try ArtifactFile(path: scratch.file(name), type: .numbers).read("numbers")
  }

  @Test("a run publishes its outputs with params and inputs in their lineage, and prints nothing")
  func success() throws {
    #expect(run(["--learning-rate=0.5", "--seed", "7"]) == Ending())
    #expect(try numbers("doubled") == [0.5, 1, 1.5] && numbers("count") == [3])
    let lineage = try ArtifactFile(path: scratch.file("count")).header.lineage
    #expect(lineage.stage == "double" && lineage.stageVersion == 3)
    #expect(
      lineage.params == [
        "learning-rate": .number(0.5), "rounding": "none", "seed": 7, "most": .null, "without": [],
        "names": ["a", "b"],
        "fails": false,
      ])
    #expect(
      lineage.inputs == [
        "numbers": try ArtifactFile(path: scratch.file("in")).digest,
        "notes": try SourceDigest.of(scratch.file("notes.txt")),
      ])
  }

  @Test("an optional input may be omitted or given")
  func optionalInput() throws {
    #expect(run(["--input", "extra=\(scratch.file("in"))", "--without=2", "--without=3"]) == Ending())
    #expect(try numbers("doubled") == [2, 2])
    #expect(try ArtifactFile(path: scratch.file("doubled")).header.lineage.inputs.count == 3)
  }

  @Test(
    "a bad command line gives a one-line error and exit status 64, and no output",
    arguments: [
      (["--frobnicate=1"], "double: Unknown option '--frobnicate'"),
      (["--seeed=1"], "double: Unknown option '--seeed'. Did you mean '--seed'?"),
      (["--learning-rate=fast"], "double: The value 'fast' is invalid for '--learning-rate <learning-rate>'"),
      (
        ["--rounding=up"],
        "double: The value 'up' is invalid for '--rounding <rounding>'. Please provide one of 'none' and 'nearest'."
      ),
      (["--seed=-1"], "double: The value '-1' is invalid for '--seed <seed>'"),
      (["--seed="], "double: The value '' is invalid for '--seed <seed>'"),
      (["--seed"], "double: Missing value for '--seed <seed>'"),
      (["--most=0"], "double: --most is 0; give at least 1"),
      (["--threads=0"], "double: --threads is 0; give at least 1"),
      (["stray"], "double: Unexpected argument 'stray'"),
      (["--seed=1", "--seed", "1"], "double: --seed is given twice"),
      (["--fails=false", "--fails=true"], "double: --fails is given twice"),
      (["--threads=1", "--threads=2"], "double: --threads is given twice"),
      (["--learning-rate=nan"], "double: --learning-rate is nan; give a finite number"),
      (["--learning-rate=inf"], "double: --learning-rate is inf; give a finite number"),
      (["--input", "numbers=x"], "double: --input numbers is given twice"),
      (["--input", "numbres=x"], "double: no input \"numbres\"; there are: numbers, extra, notes"),
      (["--output", "sum=x"], "double: no output \"sum\"; there are: doubled, count"),
      (["--input", "extra"], "double: --input extra: give it as NAME=FILE"),
      (["--input", "extra="], "double: --input extra=: give it as NAME=FILE"),
      (["--params-file"], "double: --params-file: give a file"),
      (["--rounding=a\nb\u{1b}[2J"], "double: The value 'a b\\u{1b}[2J' is invalid"),
    ])
  func badCommandLines(more: [String], wanted: String) {
    let ending = run(more)
    #expect(ending.code == 64 && ending.output == nil)
    #expect(ending.complaint?.hasPrefix(wanted) == true, "\(ending.complaint ?? "")")
    #expect(ending.complaint?.contains { $0.isNewline } == false)
    #expect(scratch.names == ["in", "notes.txt"])
  }

  @Test("an error names a missing required port")
  func missingPorts() {
    #expect(run([], without: "numbers=").complaint == "double: no numbers: give --input numbers=FILE")
    #expect(run([], without: "count=").complaint == "double: no count: give --output count=FILE")
  }

  @Test("unusable inputs are refused before any work: missing, of another type, newer, truncated")
  func badInputs() throws {
    func said(_ name: String) -> Ending { run(["--input", "extra=\(scratch.file(name))"]) }
    let other = ArtifactType("model", version: 1)
    let newer = ArtifactType("numbers", version: 9)
    for (name, type) in [("model", other), ("newer", newer)] {
      try ArtifactWriter(path: scratch.file(name), type: type).publish(lineage: Lineage(stage: "x", stageVersion: 1))
    }
    try scratch.write(Array(try Files.read(scratch.file("in")).dropLast(5)), to: "cut")
    let before = scratch.names
    #expect(said("none") == Ending(code: 1, complaint: "double: \(scratch.file("none")): open: no such file or folder"))
    #expect(said("model").complaint == "double: \(scratch.file("model")): holds \"model\"; expected \"numbers\"")
    #expect(said("newer").complaint?.contains("numbers version 9, and this build reads up to 2") == true)
    #expect(said("cut").complaint?.hasPrefix("double: \(scratch.file("cut")): the file needs") == true)
    let source = run(["--input", "notes=\(scratch.file("none"))"], without: "notes=")
    #expect(source == Ending(code: 1, complaint: "double: \(scratch.file("none")): open: no such file or folder"))
    #expect(scratch.names == before)
  }

  @Test("unusable outputs are refused before any work: existing, without a folder, two of one name")
  func badOutputs() throws {
    try scratch.write([1], to: "count")
    #expect(
      run([])
        == Ending(
          code: 1,
          complaint: "double: \(scratch.file("count")): exists already; "
            + "published files are never replaced, remove it or name another"))
    #expect(try Files.read(scratch.file("count")) == [1] && scratch.names == ["count", "in", "notes.txt"])
    unlink(scratch.file("count"))
    let nowhere = run(["--output", "count=\(scratch.file("no/count"))"], without: "count=")
    #expect(nowhere == Ending(code: 1, complaint: "double: \(scratch.file("no")): no such folder; make it first"))
    let twice = run(["--output", "count=\(scratch.file("doubled"))"], without: "count=")
    #expect(
      twice.code == 64
        && twice.complaint?.hasPrefix("double: --output doubled and --output count name one file") == true)
    #expect(scratch.names == ["in", "notes.txt"])
  }

  @Test("a stage that fails between two outputs leaves the first complete, no part of the second, and a one-line error")
  func failsHalfWay() throws {
    #expect(
      run(["--fails=true"]) == Ending(code: 1, complaint: "double: the test: it was told to fail between two outputs"))
    #expect(scratch.names == ["doubled", "in", "notes.txt"])
    try ArtifactFile(path: scratch.file("doubled"), type: .numbers).verify()
  }

  @Test("the next stage removes temporaries of a killed one")
  func sweeps() throws {
    let living = Files.temporarySibling(of: scratch.file("doubled"))
    let fields = Files.name(of: living).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let dead = (fields.dropLast(4) + ["2147483647"] + fields.suffix(3)).joined(separator: ".")
    try scratch.write([], to: dead)
    try scratch.write([], to: Files.name(of: living))
    var times = [timespec](repeating: timespec(tv_sec: time(nil) - 7200, tv_nsec: 0), count: 2)
    for name in scratch.names where name.hasPrefix(".") { utimensat(AT_FDCWD, scratch.file(name), &times, 0) }
    #expect(run([]) == Ending())
    #expect(scratch.names == [Files.name(of: living), "count", "doubled", "in", "notes.txt"])
  }

  @Test("a params file gives params their values, lists too")
  func paramsFile() throws {
    try scratch.write(
      Array(
        #"{"learning-rate": 1e1, "without": [1], "names": ["-x", "a=b", "", "two\nlines"], "fails": false, "most": null}"#
          .utf8), to: "params.json")
    for words in [["--params-file", scratch.file("params.json")], ["--params-file=\(scratch.file("params.json"))"]] {
      #expect(run(words + ["--rounding=nearest"]) == Ending())
      #expect(try numbers("doubled") == [20, 30])
      let params = try ArtifactFile(path: scratch.file("doubled")).header.lineage.params
      #expect(params["names"] == ["-x", "a=b", "", "two\nlines"] && params["rounding"] == "nearest")
      for name in ["doubled", "count"] { unlink(scratch.file(name)) }
    }
  }

  @Test(
    "an error names an invalid params file and its fault",
    arguments: [
      (
        #"{"sed": 1}"#, 1,
        #": "sed": no such param; there are: learning-rate, rounding, seed, most, without, names, fails"#
      ),
      (#"{"seed": {"a": 1}}"#, 1, #": "seed": expected a value or a list of values"#),
      (#"{"without": [[1]]}"#, 1, #": "without": expected a value or a list of values"#),
      (#"{"seed": null}"#, 1, #": "seed": expected a value or a list of values"#),
      (#"{"names": []}"#, 1, #": "names": an empty list; leave it out, or give values"#),
      (#"{"seed": 1, "seed": 2}"#, 1, #": byte 21: key "seed" is given twice"#),
      (#"[1]"#, 1, ": the file: expected a JSON object of params"),
      ("", 1, ": byte 0: the text ends where a value should begin"),
      (#"{"seed": [1, 2]}"#, 64, "--seed is given twice"),
      (#"{"seed": "x"}"#, 64, "The value 'x' is invalid for '--seed <seed>'"),
    ])
  func badParamsFile(text: String, code: Int32, wanted: String) throws {
    let path = try scratch.write(Array(text.utf8), to: "params.json")
    let ending = run(["--params-file", path])
    #expect(ending.code == code)
    #expect(
      ending.complaint?.hasPrefix("double: \(code == 1 ? path : "")\(wanted)") == true, "\(ending.complaint ?? "")")
    #expect(scratch.names == ["in", "notes.txt", "params.json"])
  }

  @Test("an empty list may be given if it is the default; a param both in the file and on the command line is refused")
  func paramsFileAndLine() throws {
    let path = try scratch.write(Array(#"{"without": [], "seed": 1}"#.utf8), to: "params.json")
    #expect(run(["--params-file", path, "--seed=1"]).complaint == "double: --seed is given twice")
    #expect(run(["--params-file", path]) == Ending())
    #expect(
      run(["--params-file", scratch.file("none")]).complaint
        == "double: \(scratch.file("none")): open: no such file or folder")
  }
}
