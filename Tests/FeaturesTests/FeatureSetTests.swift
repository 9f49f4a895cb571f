import Artifacts
import Features
import Interactions
import LinearAlgebra
import Tables
import TestKit
import Testing

@Suite("Features of things")
struct FeatureSetTests {
  /// Four things, of which "d" has no row, and "b" has two.
  private func things() -> DescribedThings {
    let table = Table(
      "catalog", rows: 5,
      columns: [
        Column("id", text: ["a", "b", "b", "c", "other"]),
        Column("brand", text: ["Acme", "", "Bolt", "Acme", "Acme"]),
        Column("genres", textLists: [["x", "y"], ["x"], ["z"], [], ["q"]]),
        Column("title", text: ["The red pan", "Red-hot pots", "Don't!", "pan, pan", "pan"]),
        Column("price", reals: [1, nil, 3, 5, 1000]),
        Column("year", integers: [1990, 1991, nil, 1990, 1]),
      ])
    return DescribedThings(
      table, name: "the catalog", keys: table.text("id")!, things: Strings(["a", "b", "c", "d"]))
  }

  private func encoded(_ declarations: String...) throws -> (EncodedFeatures, FeatureSet) {
    let set = try FeatureSet(declarations, of: things())
    return (try EncodedFeatures(set, of: things()), set)
  }

  private func rows(_ matrix: SparseMatrix) -> [[Float]] {
    (0..<matrix.rowCount).map { row in
      var line = [Float](repeating: 0, count: matrix.columnCount)
      for place in matrix.starts[row]..<matrix.starts[row + 1] {
        line[Int(matrix.columns[place])] = matrix.values?[place] ?? 1
      }
      return line
    }
  }

  @Test("a category is a column for each value that enough things have; empty text is a missing value")
  func category() throws {
    let (all, set) = try encoded("brand")
    #expect(set.features[0].scale == .vocabulary(Strings(["Acme", "Bolt"]), counts: [2, 1]))
    #expect(rows(all.matrix) == [[1, 0], [0, 1], [1, 0], [0, 0]])
    #expect(all.missing == [1] && all.unknown == [0])
    let (frequent, _) = try encoded("brand: category at-least 2")
    #expect(rows(frequent.matrix) == [[1], [0], [1], [0]])
    #expect(frequent.missing == [1] && frequent.unknown == [1])
  }

  @Test("columns of an encoding have the names of their values, and ranges and parts of times those of theirs")
  func names() throws {
    let (_, set) = try encoded("brand", "price: buckets 2", "price: number", "title: category hash 4", "year: weekday")
    #expect(set.width == 2 + 2 + 1 + 4 + 7)
    let names = (0..<set.width).map { column in
      let (feature, own) = set.feature(ofColumn: column)
      return "\(feature.declaration.column): \(feature.value(ofColumn: own))"
    }
    #expect(names.prefix(5) == ["brand: Acme", "brand: Bolt", "price: below 3", "price: from 3", "price: "])
    #expect(names[5] == "title: value with hash 0 of 4" && names[9] == "year: Monday" && names[15] == "year: Sunday")
  }

  @Test("a list has weight 1 / √(number of values), over all rows of a thing")
  func list() throws {
    let (all, _) = try encoded("genres: list")
    let half = 1 / Float(2).squareRoot()
    #expect(rows(all.matrix) == [[half, half, 0], [half, 0, half], [0, 0, 0], [0, 0, 0]])
    #expect(all.missing == [2])
  }

  @Test("words are in small letters, without repeats, whatever stands between them")
  func words() throws {
    let (_, set) = try encoded("title: words at-least 1")
    guard case .vocabulary(let words, let counts) = set.features[0].scale else {
      Issue.record("no vocabulary")
      return
    }
    #expect(words.array == ["dont", "hot", "pan", "pots", "red", "the"])
    #expect(counts == [1, 1, 2, 1, 2, 1])
  }

  @Test("a number is brought to mean 0 and deviation 1; a missing one adds nothing")
  func number() throws {
    let (all, set) = try encoded("price: number")
    #expect(set.features[0].scale == .moments(mean: 3, deviation: (8.0 / 3).squareRoot()))
    let unit = Float(2 / (8.0 / 3).squareRoot())
    #expect(rows(all.matrix) == [[-unit], [0], [unit], [0]])
    #expect(all.missing == [1])
  }

  @Test("buckets have about equally many things, and equal numbers are in one")
  func buckets() throws {
    let (all, set) = try encoded("year: buckets 3")
    #expect(set.features[0].scale == .bounds([1991]))
    #expect(rows(all.matrix) == [[1, 0], [0, 1], [1, 0], [0, 0]])
  }

  @Test("hashed values need no vocabulary")
  func hashed() throws {
    let (all, set) = try encoded("brand: category hash 8")
    #expect(set.width == 8)
    let lines = rows(all.matrix)
    #expect(lines[0] == lines[2] && lines[0].reduce(0, +) == 1 && lines[3].reduce(0, +) == 0)
  }

  @Test("a column that is not there, or of another kind, is refused with what there is")
  func refused() {
    #expect(
      throws: FeatureError.noColumn(
        "genre", of: "the catalog", there: ["id", "brand", "genres", "title", "price", "year"])
    ) { try encoded("genre") }
    #expect(
      throws: FeatureError.wrongKind("brand: number", column: "brand", kind: .text, expected: [.integer, .real])
    ) { try encoded("brand: number") }
    #expect(throws: FeatureError.repeated("brand")) { try encoded("brand", "brand") }
  }

  @Test("are read back from the artifact of their vocabularies as they were written")
  func artifact() throws {
    let scratch = try Scratch()
    let vocabulary = Vocabulary(column: "id", values: Strings(["a", "b"]), counts: [1, 2])
    let vocabularies = Vocabularies(query: vocabulary, candidate: vocabulary)
    var features = DeclaredFeatures()
    features.areDeclared = true
    features.candidate = try encoded(
      "brand", "genres: list at-least 2", "title: words at-least 1", "price: number", "year: buckets 3",
      "brand: category hash 8"
    ).1
    let path = scratch.file("vocabularies.tandem")
    try vocabularies.publish(to: path, lineage: .none, features: features, encodings: [:])
    let file = try ArtifactFile(path: path)
    #expect(try DeclaredFeatures(file) == features)
    #expect(try Vocabularies(file) == vocabularies)
  }

  @Test("values that somebody gives are encoded as those of a thing with them in its row")
  func given() throws {
    let declarations = ["brand", "genres: list", "title: words at-least 1", "price: buckets 2", "year: number", "year"]
    let (all, set) = try encoded(
      declarations[0], declarations[1], declarations[2], declarations[3], declarations[4], declarations[5])
    let first = try EncodedFeatures(
      set,
      given: [
        "brand": ["Acme"], "genres": ["y", "x", "y"], "title": ["The red pan"], "price": ["1"], "year": ["1990"],
      ])
    #expect(rows(first.matrix) == [rows(all.matrix)[0]])
    #expect(set.columns == ["brand", "genres", "title", "price", "year"])
    let none = try EncodedFeatures(set, given: ["brand": ["Nobody"], "price": []])
    #expect(rows(none.matrix)[0].allSatisfy { $0 == 0 })
    #expect(none.unknown == [1, 0, 0, 0, 0, 0] && none.missing == [0, 1, 1, 1, 1, 1])
  }

  @Test("values of no feature, and texts for numbers, are refused by name")
  func refusedValues() throws {
    let (_, set) = try encoded("brand", "price: number")
    #expect(throws: FeatureError.noFeature(of: "colour", there: ["brand", "price"])) {
      _ = try EncodedFeatures(set, given: ["colour": ["red"]])
    }
    for text in ["cheap", "nan", "1 000"] {
      #expect(throws: FeatureError.notANumber(text, column: "price")) {
        _ = try EncodedFeatures(set, given: ["price": [text]])
      }
    }
  }
}
