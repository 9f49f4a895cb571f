import Foundation
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("The fixed split of MovieLens 100K")
struct FixedSplitTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Scripts/fixed-split-movielens-100k").path

  private func ingested(_ folder: String) throws -> Ingested {
    var data = TabularSource(
      format: DelimitedFormat(),
      roles: .init(query: "user_id", candidate: "movie_title", timestamp: "timestamp", weight: "rating"))
    data.interactionsFile = "interactions.csv"
    data.catalogFile = "catalog.csv"
    return try data.read(folder)
  }

  @Test("keeps the order of MovieLens' rows, with parts by NumPy's permutation")
  func parts() throws {
    let original = try MovieLens().read(MovieLensTests.folder)
    let scratch = try Scratch()
    try scratch.run(Self.script, "--source", MovieLensTests.folder, "fixed")
    try scratch.run(Self.script, "--source", MovieLensTests.folder, "again")
    try scratch.run("diff", "-r", "fixed", "again")
    let data = try ingested(scratch.file("fixed"))
    for column in ["user_id", "movie_title"] {
      #expect(try data.interactions.text(column) == original.interactions.text(column))
    }
    #expect(try data.interactions.times() == original.interactions.times())
    #expect(data.catalog.table.rows == 1664 && data.unlistedCandidates == 0)
    let catalog = original.catalog.table
    let years = Dictionary((0..<1682).map { (catalog.columns[1].text($0), catalog.columns[3].text($0)) }) { $1 }
    let genres = Dictionary((0..<1682).map { (catalog.columns[1].text($0), catalog.columns[2].text($0)) }) { $1 }
    for row in 0..<1664 {
      let title = data.catalog.table.columns[0].text(row)
      #expect(data.catalog.table.columns[1].text(row) == genres[title])
      #expect(data.catalog.table.columns[2].text(row) == years[title])
    }

    // RandomState(42).permutation(100000)[80000:], and with RandomState(7).permutation(80000) among the first 80,000.
    let part = try Split.byField("part", of: data.interactions, validation: true)
    let fold = try Split.byField("fold2", of: data.interactions, validation: true)
    let third = try Split.byField("fold3", of: data.interactions, validation: true)
    let final = try Split.byField("part_final", of: data.interactions)
    #expect(part.train.count == 72_000 && fold.train.count == 72_000 && final.train.count == 80_000)
    #expect(part.test == final.test && fold.test == final.test && final.test.count == 20_000)
    #expect(part.isPartition(of: 100_000) && fold.isPartition(of: 100_000) && final.isPartition(of: 100_000))
    #expect(third.test == final.test && third.isPartition(of: 100_000))
    #expect(Set(part.validation).isDisjoint(with: fold.validation))
    #expect(Set(part.validation + fold.validation).isDisjoint(with: third.validation))
    #expect(Array(final.test.prefix(6)) == [2, 5, 15, 18, 20, 22])
    #expect(Array(part.validation.prefix(6)) == [16, 52, 85, 86, 89, 99])
    #expect(Array(fold.validation.prefix(6)) == [8, 21, 35, 49, 69, 70])
    #expect(Array(third.validation.prefix(6)) == [40, 61, 87, 95, 105, 118])
    #expect(final.test.reduce(0, +) == 995_171_107)
    #expect(part.validation.reduce(0, +) == 396_203_515)
    #expect(fold.validation.reduce(0, +) == 403_461_557)
    #expect(third.validation.reduce(0, +) == 398_691_764)
  }

  @Test("is refused for other ratings and other data")
  func refused() throws {
    let scratch = try Scratch()
    func said(_ arguments: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.script)
      process.arguments = arguments
      let pipe = Pipe()
      process.standardError = pipe
      try process.run()
      let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
      return said
    }
    let name = "fixed-split-movielens-100k:"
    #expect(
      try said("--source", scratch.path, scratch.file("fixed"))
        == "\(name) \(scratch.path) holds no MovieLens 100K; run Scripts/fetch-movielens-100k first\n")
    try scratch.write("user_id\titem_id\trating\ttimestamp\n1\t1\t5\t0\n", to: "ml-100k.inter")
    try scratch.write("item_id\tmovie_title\trelease_year\tclass\n1\tLamp\t1999\tDrama\n", to: "ml-100k.item")
    let other = try said("--source", scratch.path, scratch.file("fixed"))
    #expect(other.hasPrefix("\(name) \(scratch.path) has other ratings than MovieLens 100K, or in another order"))
    #expect(scratch.names == ["ml-100k.inter", "ml-100k.item"])
    #expect(
      try said("--source", MovieLensTests.folder, scratch.path)
        == "\(name) \(scratch.path) is something else already; move it away and run this again\n")
    #expect(scratch.names == ["ml-100k.inter", "ml-100k.item"])
  }
}
