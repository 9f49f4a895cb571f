import Artifacts
import Features
import Interactions
import LinearAlgebra
import SystemFiles
import Tables
import TestKit
import Testing

@Suite("Encoded vocabularies")
struct EncodedVocabularyTests {
  private static let vocabularies = Vocabularies(
    query: Vocabulary(column: "user", interactions: TextColumn(["ann"])),
    candidate: Vocabulary(column: "film", interactions: TextColumn(["a", "b", "c"])))

  private func things(_ genres: [[String]], _ prices: [Double]) -> DescribedThings {
    let names = (0..<genres.count).map { String(UnicodeScalar(UInt8(97 + $0))) }
    let table = Table(
      "catalog", rows: names.count,
      columns: [
        Column("film", text: names), Column("genres", textLists: genres), Column("price", reals: prices),
      ])
    return DescribedThings(table, name: "the catalog", keys: table.text("film")!, things: Strings(names))
  }

  private func published(_ scratch: Scratch, encoding: SparseMatrix? = nil, isEncoded: Bool = true) throws
    -> (file: ArtifactFile, features: FeatureSet, matrix: SparseMatrix)
  {
    let things = things([["x", "y"], [], ["y"]], [1, 2, 3])
    var features = DeclaredFeatures()
    features.areDeclared = true
    features.candidate = try FeatureSet(["genres: list", "price: number"], of: things)
    let matrix = try EncodedFeatures(features.candidate, of: things).matrix
    try Self.vocabularies.publish(
      to: scratch.file("vocabularies.tandem"), lineage: .none, features: features,
      encodings: isEncoded ? [.candidate: encoding ?? matrix] : [:])
    let file = try ArtifactFile(path: scratch.file("vocabularies.tandem"), type: Vocabularies.type)
    return (file, features.candidate, matrix)
  }

  @Test("come back from their artifact")
  func artifact() throws {
    let (file, features, matrix) = try published(Scratch())
    #expect(try EncodedVocabulary(.candidate, of: file) == EncodedVocabulary(features, matrix: matrix))
    #expect(try Vocabularies(file) == Self.vocabularies)
  }

  @Test("of both sides stand beside each other")
  func bothSides() throws {
    let scratch = try Scratch()
    let things = things([["x", "y"], [], ["y"]], [1, 2, 3])
    var features = DeclaredFeatures()
    features.areDeclared = true
    features.candidate = try FeatureSet(["genres: list"], of: things)
    let users = DescribedThings(
      Table("users", rows: 2, columns: [Column("user", text: ["ann", "ben"]), Column("age", integers: [30, 40])]),
      name: "the users", numbers: [0, -1], count: 1)
    features.query = try FeatureSet(["age: number"], of: users)
    let encodings = [
      TowerSide.query: try EncodedFeatures(features.query, of: users).matrix,
      .candidate: try EncodedFeatures(features.candidate, of: things).matrix,
    ]
    try Self.vocabularies.publish(
      to: scratch.file("vocabularies.tandem"), lineage: .none, features: features, encodings: encodings)
    let file = try ArtifactFile(path: scratch.file("vocabularies.tandem"), type: Vocabularies.type)
    #expect(try DeclaredFeatures(file) == features)
    for side in TowerSide.allCases {
      let encoded = try #require(try EncodedVocabulary(side, of: file))
      #expect(encoded.features == features[side] && encoded.matrix == encodings[side])
    }
    // Ben's row describes none of the vocabulary, so that ann's is the mean.
    #expect(features.query.features[0].scale == .moments(mean: 30, deviation: 0))
  }

  @Test("are asked for again where vocabularies of an earlier build hold features alone")
  func earlier() throws {
    let (file, _, _) = try published(Scratch(), isEncoded: false)
    let error = #expect(throws: (any Error).self) { _ = try EncodedVocabulary(.candidate, of: file) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("run vocab again"))
  }

  @Test("are refused where the encoding is not of this vocabulary and these features")
  func malformed() throws {
    let short = SparseMatrix(rowCount: 2, columnCount: 3, rows: [0], columns: [0], values: [1])
    let wide = SparseMatrix(rowCount: 3, columnCount: 9, rows: [0], columns: [8], values: [1])
    for (matrix, words) in [(short, "shape"), (wide, "column")] {
      let (file, _, _) = try published(Scratch(), encoding: matrix)
      let error = #expect(throws: (any Error).self) { _ = try EncodedVocabulary(.candidate, of: file) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(words))
    }
  }

  @Test("have none where no features are declared")
  func undeclared() throws {
    let scratch = try Scratch()
    try Self.vocabularies.publish(to: scratch.file("vocabularies.tandem"), lineage: .none)
    let file = try ArtifactFile(path: scratch.file("vocabularies.tandem"), type: Vocabularies.type)
    #expect(try EncodedVocabulary(.candidate, of: file) == nil)
  }

  @Test("columns of a set are found in an earlier one: values by name, buckets by their lower ends")
  func columns() throws {
    let declarations = ["genres: list", "price: buckets 2", "price: number", "film: category hash 2"]
    let earlier = try FeatureSet(declarations, of: things([["x"], ["z"], [], []], [1, 2, 3, 4]))
    // Columns x, z, below 3, from 3 on, the number, two buckets.
    #expect(earlier.columns(in: earlier) == Array(0..<7))
    let later = try FeatureSet(declarations, of: things([["x", "y"], ["z"], [], []], [3, 5, 7, 9]))
    #expect(later.columns(in: earlier) == [0, nil, 1, 2, 3, 4, 5, 6])
    let other = try FeatureSet(["genres: list at-least 1", "price: buckets 2"], of: things([["x"]], [1]))
    #expect(other.columns(in: earlier).prefix(1) == [nil], "another declaration is another feature")
  }
}
