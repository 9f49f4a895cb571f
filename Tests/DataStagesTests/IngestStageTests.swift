import Artifacts
import Interactions
import Tables
import TestKit
import Testing

@testable import StageKit
@testable import ingest

@Suite("The stage ingest")
struct IngestStageTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(Array("who,what,at\nann,tea,1767225600\nbob,\"tea\",1767225601\n".utf8), to: "orders.csv")
  }

  private func run(_ words: String...) -> Ending {
    let outputs = ["interactions", "catalog", "users", "rejects"]
    return IngestStage.respond(
      to: ["--input", "source=\(scratch.file("orders.csv"))"]
        + outputs.flatMap { ["--output", "\($0)=\(scratch.file($0))"] } + words)
  }

  @Test("publishes the interactions that the format reads")
  func publishes() throws {
    #expect(run("--format=delimited", "--query=who", "--candidate=what", "--timestamp=at") == Ending())
    let interactions = try Interactions(ArtifactFile(path: scratch.file("interactions")))
    #expect(interactions.count == 2 && interactions.roles.timestamp == "at")
    #expect(try Catalog(ArtifactFile(path: scratch.file("users"))).keys.dictionary.array == ["ann", "bob"])
  }

  @Test("refuses the options of other formats, and names the format they belong to")
  func owners() throws {
    let words = [
      "query=who", "candidate=what", "timestamp=at", "weight=n", "interactions-file=x", "catalog-file=x",
      "catalog-key=x", "candidate-name=x", "on-bad-row=skip", "separator=;", "header=false", "columns=x",
      "encoding=latin-1",
    ]
    for word in words {
      let name = word.prefix { $0 != "=" }
      #expect(
        run("--\(word)")
          == Ending(
            code: 64,
            complaint: "ingest: --\(name) is for --format delimited; movielens-100k is read as it is"))
    }
  }

  @Test(
    "refuses incompatible options in one line",
    arguments: [
      ([], "--format delimited needs --query and --candidate: the columns that say who and what"),
      (["--query=a", "--candidate=a"], "--query and --candidate are both \"a\""),
      (["--query=who", "--candidate=what", "--candidate-name=x"], "--candidate-name is for a --catalog-file"),
      (
        ["--query=who", "--candidate=what", "--previous=1"],
        "--previous goes by time; name the column of times with --timestamp"
      ),
      (
        ["--query=who", "--candidate=what", "--separator=;;"],
        "--separator is \";;\"; give one character of ASCII, or \"tab\""
      ),
      (["--max-bad-rows=0.5"], "--max-bad-rows goes with --on-bad-row=skip"),
      (["--previous=101"], "--previous is 101; give 0 to 100 rows"),
    ])
  func mismatches(words: [String], reason: String) {
    let ending = IngestStage.respond(to: ["--format=delimited"] + words)
    #expect(ending == Ending(code: 64, complaint: "ingest: \(reason)"))
  }
}
