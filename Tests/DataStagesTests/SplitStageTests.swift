import Artifacts
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Interactions
@testable import StageKit
@testable import split

@Suite("The stage split")
struct SplitStageTests {
  private let scratch: Scratch
  private let data: Interactions

  init() throws {
    scratch = try Scratch()
    let rows = 100
    data = Interactions(
      columns: [
        Column("user", text: (0..<rows).map { "u\($0 % 10)" }),
        Column("item", text: (0..<rows).map { "i\($0)" }),
        Column("at", integers: (0..<rows).map { Int64(1000 - $0) }),
        Column("part", text: (0..<rows).map { ["train", "train", "train", "test", "validation"][$0 % 5] }),
      ], rows: rows, roles: .init(query: "user", candidate: "item", timestamp: "at"))
    try data.publish(to: scratch.file("in"), lineage: .none)
  }

  private func run(_ words: [String], outputs: [String] = ["train", "test"], input: String = "in") -> Ending {
    SplitStage.respond(
      to: ["--input", "interactions=\(scratch.file(input))"]
        + outputs.flatMap { ["--output", "\($0)=\(scratch.file($0))"] } + words)
  }

  private func published(_ name: String) throws -> Interactions {
    try Interactions(ArtifactFile(path: scratch.file(name)))
  }

  @Test("publishes the rows of each part, whatever the rule")
  func parts() throws {
    let all = ["train", "test", "validation"]
    let cases: [([String], [String], Split)] = [
      (["--seed=3"], ["train", "test"], try .random(rows: 100, train: 80, test: 20, seed: 3)),
      (
        ["--train=60", "--validation=15"], all, try .random(rows: 100, train: 60, test: 25, validation: 15, seed: 42)
      ),
      (["--validation=10"], all, try .random(rows: 100, train: 70, test: 20, validation: 10, seed: 42)),
      (["--by=time"], ["train", "test"], try .byTime(data, test: 20)),
      (["--by=time", "--test=5", "--validation=7"], all, try .byTime(data, test: 5, validation: 7)),
      (["--by=last"], ["train", "test"], try .last(1, of: data)),
      (["--by=last", "--last=3", "--validation=2"], all, try .last(3, of: data, validation: 2)),
      (["--by=user"], ["train", "test", "history"], try .byQuery(data, test: 2, historyShare: 0.8, seed: 42)),
      (
        ["--by=user", "--test=3", "--validation=3", "--history-share=0.5"], all + ["history"],
        try .byQuery(data, test: 3, validation: 3, historyShare: 0.5, seed: 42)
      ),
      (["--by=field", "--field=part"], ["train", "test"], try .byField("part", of: data)),
      (["--by=field", "--field=part"], all, try .byField("part", of: data, validation: true)),
    ]
    for (words, outputs, split) in cases {
      #expect(run(words, outputs: outputs) == Ending(), "\(words)")
      for output in outputs {
        let part = try #require(Split.Part(rawValue: output))
        #expect(try published(output) == data.selecting(split[part]), "\(words) \(output)")
        Files.remove(scratch.file(output))
      }
    }
  }

  @Test("lists the checks for leaks in its summaries")
  func summaries() throws {
    #expect(run(["--validation=10"], outputs: ["train", "test", "validation"]) == Ending())
    let facts = try ArtifactFile(path: scratch.file("test")).header.summary.items
    for name in ["pairs also in train", "pairs also in validation", "duplicate rows in the data"] {
      #expect(facts.contains(.fact(name, "0")))
    }
    #expect(facts.contains { if case .fact("rows before train ends", _) = $0 { true } else { false } })
  }

  /// The data, and behind it its row 7 again, at another time.
  private func planted(at time: Int64, named name: String) throws {
    let column = { (name: String) in self.data.table.column(name)?.selecting(Array(0..<100) + [7]) }
    var times = try data.times()
    times.append(time)
    let columns = ["user", "item", "part"].compactMap(column) + [Column("at", integers: times)]
    try Interactions(columns: columns, rows: 101, roles: data.roles).publish(to: scratch.file(name), lineage: .none)
  }

  @Test("with leaks=fail refuses with an example and publishes nothing; with leaks=warn continues")
  func leaks() throws {
    // The newest rows are the first: row 7 is in test, and comes again in train.
    try planted(at: 0, named: "pair")
    try planted(at: 993, named: "repeat")
    let advice = "; fix the data, choose another split, or go on with leaks warn"
    let pair = "split: 1 pair stands in train and in test, such as user \"u7\" with item \"i7\"\(advice)"
    let row = "split: 1 row repeats an earlier one in every column, such as row 101, which is row 8 again\(advice)"
    #expect(run(["--by=time", "--leaks=fail"], input: "pair") == Ending(code: 1, complaint: pair))
    #expect(run(["--by=time", "--leaks=fail"], input: "repeat") == Ending(code: 1, complaint: row))
    #expect(scratch.names == ["in", "pair", "repeat"])
    #expect(run(["--by=time"], input: "pair") == Ending())
    let facts = try ArtifactFile(path: scratch.file("train")).header.summary.items
    #expect(facts.contains(.fact("pairs also in test", "1, such as user \"u7\" with item \"i7\"")))
    for name in ["train", "test"] { Files.remove(scratch.file(name)) }
    #expect(run(["--by=time", "--leaks=fail"]) == Ending())
  }

  @Test(
    "refuses incompatible options in one line, and publishes nothing",
    arguments: [
      (["--validation=5"], [], "--validation is 5, and nothing takes those rows"),
      ([], ["validation"], "the output \"validation\" is asked for; say with --validation=ROWS"),
      ([], ["history"], "the output \"history\" goes with --by=user"),
      (["--by=time", "--train=5"], [], "--train goes with --by=random"),
      (["--by=last", "--test=5"], [], "--test goes with --by=random or --by=time or --by=user"),
      (["--last=2"], [], "--last goes with --by=last"), (["--field=part"], [], "--field goes with --by=field"),
      (["--history-share=0.5"], [], "--history-share goes with --by=user"),
      (["--by=field", "--field=part", "--validation=5"], ["validation"], "--validation goes with"),
      (["--by=field"], [], "--by=field: give --field=COLUMN"), (["--test=0"], [], "--test is 0; give at least 1"),
      (["--by=user", "--history-share=1"], ["history"], "--history-share is 1.0; give 0 or more, and less than 1"),
      (["--validation=-1"], ["validation"], "--validation is -1; give 0 or more"),
    ])
  func mismatches(words: [String], outputs: [String], wanted: String) {
    let ending = run(words, outputs: ["train", "test"] + outputs)
    #expect(ending.code == 64)
    #expect(ending.complaint?.hasPrefix("split: \(wanted)") == true, "\(ending.complaint ?? "")")
    #expect(scratch.names == ["in"])
  }

  @Test("refuses too few rows or queries for the default test share, and unknown words with the valid ones")
  func few() throws {
    try data.selecting([0, 1, 2, 3]).publish(to: scratch.file("few"), lineage: .none)
    func complaint(_ words: String...) -> String? { run(words, input: "few").complaint }
    #expect(
      complaint() == "split: test: not a single row; there are too few rows for the default 20 % test part; give --test"
    )
    #expect(
      complaint("--by=time")
        == "split: test: not a single row; there are too few rows for the default 20 % test part; give --test")
    #expect(
      complaint("--by=user")
        == "split: test: not a single row; there are too few user for the default 20 % test part; give --test")
    #expect(
      complaint("--by=field", "--field=item")
        == "split: no row has \"train\" in column \"item\"; the split needs at least one; "
        + "there are \"i0\", \"i1\", \"i2\", \"i3\""
    )
    #expect(scratch.names == ["few", "in"])
  }

  @Test("by time splits rows of equal times, at extreme times too, by their order", arguments: [7, .max, .min])
  func moments(time: Int64) throws {
    let data = Interactions(
      columns: [
        Column("user", text: (0..<10).map { "u\($0 % 2)" }), Column("item", text: (0..<10).map { "i\($0)" }),
        Column("at", integers: [Int64?](repeating: time, count: 10)),
      ], rows: 10, roles: self.data.roles)
    try data.publish(to: scratch.file("moment"), lineage: .none)
    for (words, test) in [(["--by=time"], [8, 9]), (["--by=last", "--last=2"], [6, 7, 8, 9])] {
      #expect(run(words, input: "moment") == Ending())
      #expect(try published("test") == data.selecting(test))
      for name in ["train", "test"] { Files.remove(scratch.file(name)) }
    }
  }

  @Test(
    "refuses sizes larger than the data",
    arguments: [
      (["--train=90", "--test=20"], [], "110 rows are asked for, and there are only 100"),
      (["--test=101"], [], "101 rows are asked for, and there are only 100"),
      (["--test=60", "--validation=60"], ["validation"], "120 rows are asked for, and there are only 100"),
      (["--train=101"], [], "101 rows are asked for, and there are only 100"),
      (["--test=100"], [], "train: not a single row; the other parts have them all; hold out fewer"),
      (["--train=100"], [], "test: not a single row; train has them all; give a smaller --train"),
      (["--by=time", "--test=100"], [], "train: not a single row; the other parts have them all; hold out fewer"),
      (["--by=last", "--last=10"], [], "test: not a single row; no user has more than 10 of them; hold out fewer"),
      (
        ["--by=last", "--last=9", "--validation=1"], ["validation"],
        "validation: not a single row; no user has one to spare; hold out fewer"
      ),
      (["--by=user", "--test=10"], [], "10 distinct user are to be held out of 10"),
      (
        ["--by=user", "--history-share=0"], ["history"],
        "history: not a single row; nobody held out has one to spare at history-share 0.0"
      ),
    ])
  func sizes(words: [String], outputs: [String], wanted: String) {
    let ending = run(words, outputs: ["train", "test"] + outputs)
    #expect(ending.code == 1)
    #expect(ending.complaint?.hasPrefix("split: \(wanted)") == true, "\(ending.complaint ?? "")")
    #expect(scratch.names == ["in"])
  }
}
