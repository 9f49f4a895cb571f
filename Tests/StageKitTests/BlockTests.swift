import ArgumentParser
import Artifacts
import CanonicalJSON
import SystemFiles
import TestKit
import Testing

@testable import StageKit

/// The numbers of a block, summed.
private struct BlockSum: BlockResult {
  let sums: [Double]

  init(_ sums: [Double]) { self.sums = sums }
  init(_ file: ArtifactFile) throws { sums = try file.read("sums") }

  func publish(to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: WorkBlocks.type)
    try writer.add("sums", sums)
    try writer.publish(lineage: lineage)
  }
}

/// A stage for tests: the sum of what each of 10 things is worth. It notes what it did.
private struct SummingStage: DivisibleStage {
  static let name = "sum"
  static let version = 1
  static let summary = "Sum numbers."
  static let inputs: [Port] = []
  static let outputs = [Port("sum", .numbers)]

  @OptionGroup var files: StageFiles
  @OptionGroup var blocks: BlockOptions

  @Option(help: "What each thing is worth.")
  var worth = 1.0

  @Option(help: "The file that things are noted in.")
  var notes = ""

  func run(in context: StageContext) throws {
    let sums = try context.blocks(of: 10) { things in
      let known = try Files.exists(notes) ? Files.read(notes) : []
      try Files.publish(known + Array("\(things) ".utf8), to: notes, replacing: true)
      return BlockSum(things.map { Double($0) * worth })
    }
    guard let sums else { return }
    try DoublingStage.publish(sums.flatMap(\.sums), to: context.output("sum"), lineage: context.lineage())
  }
}

/// A stage for tests whose blocks share one piece of work, which is to note who was there.
private struct SharingStage: CooperativeStage {
  static let name = "share"
  static let version = 1
  static let summary = "Note who was there."
  static let inputs: [Port] = []
  static let outputs = [Port("sum", .numbers)]

  @OptionGroup var files: StageFiles
  @OptionGroup var blocks: BlockOptions

  func run(in context: StageContext) throws {
    let work = try #require(context.work)
    try Files.makeFolders(work)
    guard context.block == nil else {
      let name = context.block.map { "\($0.number) of \($0.count)" } ?? ""
      return try Files.publish([], to: "\(work)/\(name)", replacing: true)
    }
    try DoublingStage.publish([Double(Files.list(work).count)], to: context.output("sum"), lineage: context.lineage())
  }
}

@Suite("A stage whose work is divided")
struct BlockTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ words: String..., output: String? = nil) -> Ending {
    SummingStage.respond(
      to: words + ["--work", scratch.file("work"), "--notes", scratch.file("notes")]
        + (output.map { ["--output", "sum=\(scratch.file($0))"] } ?? []))
  }

  private func notes() throws -> String { String(decoding: try Files.read(scratch.file("notes")), as: UTF8.self) }

  @Test("makes the same file of its blocks as at once, does none again, and leaves nothing of them")
  func joined() throws {
    #expect(run(output: "whole") == Ending())
    for block in ["2", "1", "3", "2"] { #expect(run("--blocks", "3", "--block", block) == Ending()) }
    #expect(run("--blocks", "3", output: "joined") == Ending())
    #expect(try notes() == "0..<10 3..<6 0..<3 6..<10 ")
    #expect(try Files.read(scratch.file("whole")) == Files.read(scratch.file("joined")))
    #expect(try Files.list(scratch.file("work")).isEmpty)
  }

  @Test("does blocks itself that are missing, damaged, or of other params")
  func mended() throws {
    #expect(run("--blocks", "2", "--block", "1", "--worth=2") == Ending())
    #expect(run("--blocks", "2", "--block", "2") == Ending())
    #expect(run("--blocks", "2", output: "joined") == Ending())
    #expect(try notes() == "0..<5 5..<10 0..<5 ")
    #expect(run("--blocks", "2", "--block", "1") == Ending())
    let path = "\(scratch.file("work"))/block-1-of-2.tandem"
    var bytes = try Files.read(path)
    bytes[130] ^= 1
    Files.remove(path)
    try Files.publish(bytes, to: path, replacing: true)
    #expect(run("--blocks", "2", output: "again") == Ending())
    #expect(try Files.read(scratch.file("joined")) == Files.read(scratch.file("again")))
  }

  @Test("may have more blocks than things")
  func empty() throws {
    for block in 1...12 { #expect(run("--blocks", "12", "--block", "\(block)") == Ending()) }
    #expect(run("--blocks", "12", output: "joined") == Ending())
    #expect(run(output: "whole") == Ending())
    #expect(try Files.read(scratch.file("whole")) == Files.read(scratch.file("joined")))
  }

  @Test(
    "refuses a division that cannot be",
    arguments: [
      (["--blocks=0"], "sum: --blocks is 0; give 1 to 1000"),
      (["--block=1"], "sum: --block is given without --blocks; say with --blocks how many there are"),
      (["--blocks=3", "--block=4"], "sum: --block is 4; give 1 to 3"),
      (["--blocks=3", "--blocks=3"], "sum: --blocks is given twice"),
    ])
  func refused(_ words: [String], _ complaint: String) {
    #expect(SummingStage.respond(to: words) == Ending(code: 64, complaint: complaint))
  }

  @Test("needs a folder for what the blocks make, and says so in its description that it is divisible")
  func folder() {
    #expect(
      SummingStage.respond(to: ["--blocks=2", "--block=1"]).complaint
        == "sum: --blocks is given without --work; name the folder that keeps what the blocks make")
    #expect(SummingStage.description["blocks"] == true && DoublingStage.description["blocks"] == false)
    #expect(SummingStage.description["options"] == [])
    #expect(DoublingStage.respond(to: ["--blocks=2"]).code == 64)
  }

  @Test("may share its work among blocks that know of each other, and then says so in its description")
  func cooperating() throws {
    #expect(SharingStage.description["blocks"] == true && SharingStage.description["cooperates"] == true)
    #expect(SummingStage.description["cooperates"] == false)
    let words = ["--work", scratch.file("work"), "--blocks", "2"]
    #expect(SharingStage.respond(to: words + ["--block", "2"]) == Ending())
    #expect(try Files.list(scratch.file("work")) == ["2 of 2"])
    // The last process makes the outputs of what is there, and a block is asked as often as it is called.
    #expect(SharingStage.respond(to: words + ["--block", "2"]) == Ending())
    #expect(SharingStage.respond(to: words + ["--output", "sum=\(scratch.file("joined"))"]) == Ending())
    let sum: [Double] = try ArtifactFile(path: scratch.file("joined"), type: .numbers).read("numbers")
    #expect(sum == [1])
  }
}
