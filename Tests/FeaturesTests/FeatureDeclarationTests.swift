import Features
import Testing

@Suite("A declaration of a feature")
struct FeatureDeclarationTests {
  @Test(
    "names a column and, behind a colon, the kind",
    arguments: [
      ("genres: list", "genres", .list(atLeast: 1)),
      ("genres: list at-least 2", "genres", .list(atLeast: 2)),
      ("brand: category hash 1000", "brand", .hashed(buckets: 1000)),
      ("brand: category", "brand", .category(atLeast: 1)),
      ("title: words", "title", .words(atLeast: FeatureKind.leastTitlesOfWord)),
      ("release year: buckets 8", "release year", .buckets(8)),
      ("price: buckets", "price", .buckets(FeatureKind.usualBuckets)),
      ("price: number", "price", .number),
      ("note: to self: words at-least 1", "note: to self", .words(atLeast: 1)),
    ] as [(String, String, FeatureKind)])
  func kinds(text: String, column: String, kind: FeatureKind) throws {
    let declaration = try FeatureDeclaration(text)
    #expect(declaration.column == column)
    #expect(declaration.kind == kind)
  }

  @Test("without a kind leaves it to the column")
  func noKind() throws {
    let declaration = try FeatureDeclaration("brand")
    #expect(declaration.column == "brand" && declaration.kind == nil)
  }

  @Test(
    "is refused where it says what no feature has",
    arguments: [
      ("", FeatureError.DeclarationFault.noColumn), (": list", .noColumn),
      ("genres: set", .unknownKind("set")),
      ("price: buckets 1", .badNumber("1", of: "buckets", least: 2, greatest: 1_000_000)),
      ("price: buckets 8 9", .unknownOption("9", of: "buckets")),
      ("price: number 8", .unknownOption("8", of: "number")),
      ("genres: list at-least", .badNumber("", of: "at-least", least: 1, greatest: 1_000_000)),
      ("genres: list at-least -1", .badNumber("-1", of: "at-least", least: 1, greatest: 1_000_000)),
      ("genres: list hash 5", .unknownOption("hash", of: "list")),
    ])
  func refused(text: String, fault: FeatureError.DeclarationFault) {
    #expect(throws: FeatureError.badDeclaration(text, fault)) { try FeatureDeclaration(text) }
  }
}
