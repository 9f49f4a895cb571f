import Artifacts
import Features
import Interactions
import LinearAlgebra
import Tables
import TestKit
import Testing

@Suite("Contexts of interactions")
struct ContextTests {
  /// Monday, 1 January 1996, 00:00, in UTC.
  private static let monday: Int64 = 820_454_400
  private static let hour: Int64 = 3600

  private static let interactions = Interactions(
    columns: [
      Column("user", text: ["a", "b", "a", "b", "c"]), Column("film", text: ["x", "x", "y", "z", "z"]),
      Column("when", integers: [0, 1, 20, 24, 44].map { monday + hour * $0 }),
      Column("device", text: ["phone", "desk", "phone", "", "phone"]),
      Column("rooms", textLists: [["hall", "attic"], [], ["attic"], ["hall", "attic"], ["cellar"]]),
      Column("shop", integers: [7, 8, nil, 7, 7]), Column("price", reals: [1, 2, nil, 3, 4]),
    ], rows: 5, roles: .init(query: "user", candidate: "film", timestamp: "when"))

  private func learnt(_ declarations: String..., from interactions: Interactions = interactions) throws -> FeatureSet {
    try FeatureSet(declarations, of: DescribedThings(rowsOf: interactions.table, name: "the interactions"))
  }

  /// The values of each row, by the names of vocabularies.
  private func rows(_ contexts: EncodedContexts) -> [[Int32]] {
    contexts.numbers.map { Array(contexts.matrix.row(Int($0))) }
  }

  @Test("have parts of times in UTC, before 1970 too, which come round again", arguments: [0, 4, -4])
  func timeParts(weeks: Int64) {
    let seconds = Double(Self.monday + weeks * 7 * 86_400)
    #expect(TimePart.weekday.place(seconds) == 0 && TimePart.weekday.place(seconds - 1) == 6)
    #expect(TimePart.hour.place(seconds) == 0 && TimePart.hour.place(seconds - 1) == 23)
    #expect(TimePart.hour.place(seconds + 20 * 3600 + 3599.9) == 20)
    #expect(TimePart.weekday.place(-1) == 2, "the last day of 1969 was a Wednesday")
    #expect(TimePart.month.place(-1) == 11 && TimePart.month.place(0) == 0)
    #expect(TimePart.hour.place(.infinity) == nil && TimePart.hour.place(1e300) == nil)
    #expect(TimePart.allCases.allSatisfy { $0.names.count == $0.count })
  }

  @Test("count every part of a time, and all values in their fixed order")
  func fixedVocabulary() throws {
    let set = try learnt("when: hour", "when: weekday", "when: month")
    #expect(set.features.map(\.width) == [24, 7, 12])
    guard case .timeParts(.weekday, let days) = set.features[1].scale else {
      Issue.record("\(set.features[1].scale)")
      return
    }
    #expect(days == [3, 2, 0, 0, 0, 0, 0])
    #expect(set.features[0].contents == "3 of 24 values")
  }

  @Test("are encoded once each, whatever is missing or unknown, and counted")
  func distinct() throws {
    let set = try learnt("when: hour", "device: category at-least 2")
    let contexts = try EncodedContexts(set, of: Self.interactions)
    // Hours 0, 1, 20, 0, 20; phone is the only device that two rows have.
    #expect(rows(contexts) == [[0, 24], [1], [20, 24], [0], [20, 24]])
    #expect(contexts.matrix.rowCount == 4 && contexts.numbers == [0, 1, 2, 3, 2])
    #expect(contexts.missing == [0, 1] && contexts.unknown == [0, 1])
    #expect(
      contexts.gaps == ["context feature device: category at-least 2: 1 rows have no value, 1 an unknown one"])
    #expect(contexts.selecting([4, 0]).numbers == [2, 0])
  }

  @Test("have the encodings that the same rows have as things, for every kind of feature")
  func sameAsThings() throws {
    let declarations = [
      "when: hour", "device", "device: category hash 5", "rooms: list", "shop: category", "price: number",
      "price: buckets 3", "when: buckets 4", "device: words at-least 1",
    ]
    let table = Self.interactions.table
    let things = DescribedThings(table, name: "the interactions", numbers: [0, 1, 2, 3, 4], count: 5)
    let set = try FeatureSet(declarations, of: things)
    #expect(set == (try FeatureSet(declarations, of: DescribedThings(rowsOf: table, name: "the interactions"))))
    let (wanted, found) = (try EncodedFeatures(set, of: things), try EncodedContexts(set, of: Self.interactions))
    for row in 0..<5 {
      let context = Int(found.numbers[row])
      #expect(found.matrix.row(context) == wanted.matrix.row(row))
      let (starts, others) = (found.matrix.starts, wanted.matrix.starts)
      #expect(
        found.matrix.values?[starts[context]..<starts[context + 1]].map { $0 }
          == wanted.matrix.values?[others[row]..<others[row + 1]].map { $0 })
    }
    #expect(found.missing == wanted.missing && found.unknown == wanted.unknown)
  }

  @Test("are the same from a file, and are in the vocabularies' artifact")
  func artifacts() throws {
    let scratch = try Scratch()
    let set = try learnt("when: hour", "rooms: list", "price: number")
    try Self.interactions.publish(to: scratch.file("i.tandem"), lineage: .none)
    let file = try InteractionFile(ArtifactFile(path: scratch.file("i.tandem"), type: Interactions.type))
    #expect(try EncodedContexts(set, of: file) == EncodedContexts(set, of: Self.interactions))
    var declared = DeclaredFeatures()
    (declared.context, declared.areDeclared) = (set, true)
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", interactions: TextColumn(["a"])),
      candidate: Vocabulary(column: "film", interactions: TextColumn(["x"])))
    try vocabularies.publish(to: scratch.file("v.tandem"), lineage: .none, features: declared, encodings: [:])
    let published = try ArtifactFile(path: scratch.file("v.tandem"), type: Vocabularies.type)
    #expect(try DeclaredFeatures(published) == declared)
    #expect(Table.names(in: published).contains("context_feature_1"))
  }

  @Test("take what a request gives: a time as seconds or as people write it")
  func given() throws {
    let set = try learnt("when: hour", "when: weekday")
    func columns(_ values: [String]) throws -> [Int32] {
      Array(try EncodedFeatures(set, given: ["when": values]).matrix.row(0))
    }
    #expect(try columns(["\(Self.monday + 20 * Self.hour)"]) == [20, 24])
    #expect(try columns(["1996-01-02T21:30"]) == [21, 25])
    #expect(try columns(["1996-01-01T23:30:00-01:00"]) == [0, 25], "Tuesday in UTC")
    #expect(try columns([]) == [])
    let error = #expect(throws: FeatureError.self) { _ = try columns(["this evening"]) }
    #expect(error?.description == "found \"this evening\" for when; give a number, or a time as 2026-03-01T20:15")
  }

  @Test("refuse parts of what is no number, options of parts, and columns that are not there")
  func refusals() throws {
    let text = #expect(throws: FeatureError.self) { _ = try learnt("device: hour") }
    #expect(
      text?.description == "feature \"device: hour\": column \"device\" is text, and this kind of feature is made of "
        + "integer or real; choose another kind, or ingest the column as that")
    let option = #expect(throws: FeatureError.self) { _ = try learnt("when: hour +2") }
    #expect(option?.description.contains("hour has no option \"+2\"") == true)
    let other = Interactions(
      columns: [Column("user", text: ["a"]), Column("film", text: ["x"])], rows: 1,
      roles: .init(query: "user", candidate: "film"))
    let missing = #expect(throws: FeatureError.self) { _ = try EncodedContexts(learnt("when: hour"), of: other) }
    #expect(
      missing?.description == "feature \"when\": no such column in the interactions; there are \"user\", \"film\"")
  }
}
