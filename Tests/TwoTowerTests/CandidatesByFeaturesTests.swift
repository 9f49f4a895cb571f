import Artifacts
import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TestKit
import Testing
import TwoTower

@Suite("Vectors of new candidates as sums over features")
struct CandidatesByFeaturesTests {
  private static let titles = ["Alien", "Brazil", "Casablanca", "Dune", "Elf", "Fargo"]
  private static let catalog = Table(
    "catalog", rows: 6,
    columns: [
      Column("genres", textLists: [["Drama"], ["Drama", "Horror"], ["War"], ["Drama", "War"], [], ["Horror"]]),
      Column("price", reals: [10, 12.5, 20, 2.25, 5, nil]),
    ])
  private static let query: [Float] = [0.5, -1, 2]

  private let features: FeatureSet
  private let encoding: SparseMatrix
  /// A part of each column; that of "War" is unknown.
  private let table = Matrix(rows: 4, columns: 3, values: [1, 0, 0, 0, 2, 0, 9, 9, 9, 0, 0.5, 3])
  private let mean: [Float] = [0.1, 0.2, 0.3]

  init() throws {
    let things = DescribedThings(rowsOf: Self.catalog, name: "the catalog")
    features = try FeatureSet(["genres: list", "price: number"], of: things)
    encoding = try EncodedFeatures(features, of: things).matrix
  }

  /// The sums of some candidates, whose vectors are twice and three times and so on what features say.
  private func sums(_ numbers: [Int], interactions: [Int] = [], hasMean: Bool = true) -> (CandidatesByFeatures, Matrix)
  {
    let scaled = Matrix(rows: numbers.count, columns: 3)
    for (row, number) in numbers.enumerated() {
      for column in 0..<3 {
        var sum = hasMean ? mean[column] : 0
        for place in encoding.starts[number]..<encoding.starts[number + 1] where encoding.columns[place] != 2 {
          sum += (encoding.values?[place] ?? 1) * table[Int(encoding.columns[place]), column]
        }
        scaled[row, column] = Float(row + 2) * sum
      }
    }
    let rows = SparseMatrix(
      columnCount: encoding.columnCount,
      rows: numbers.map { number in
        (encoding.starts[number]..<encoding.starts[number + 1]).map {
          (column: encoding.columns[$0], value: encoding.values?[$0] ?? 1)
        }
      })
    let sums = CandidatesByFeatures(
      features, rows, mean: hasMean ? mean : nil, part: { $0 == 2 ? nil : table.row($0) }, scaled: scaled,
      numbers: numbers, interactions: interactions.isEmpty ? numbers.map { _ in 0 } : interactions)
    return (sums, scaled)
  }

  private func score(_ sums: CandidatesByFeatures, _ number: Int) throws -> Float {
    let place = try #require(sums.place(ofCandidate: number))
    return sums.contributions(of: place, to: Self.query).reduce(0) { $0 + $1.value }
  }

  private func product(_ vectors: Matrix, _ row: Int) -> Float {
    (0..<3).reduce(0) { $0 + Self.query[$1] * vectors[row, $1] }
  }

  @Test("have scores that are the sums of the parts' scores", arguments: [true, false])
  func scores(hasMean: Bool) throws {
    let (sums, vectors) = sums([0, 1, 3, 5], hasMean: hasMean)
    for (row, number) in [0, 1, 3, 5].enumerated() {
      #expect(try abs(score(sums, number) - product(vectors, row)) < 1e-5)
      #expect(abs(sums.candidates[row].scale - Double(row + 2)) < 1e-6)
    }
    #expect(sums.place(ofCandidate: 2) == nil && sums.place(ofCandidate: 6) == nil)
  }

  @Test("have a part for each known value that some of them has, by name, and one that all have")
  func parts() throws {
    let (sums, _) = sums([1, 3])
    #expect(sums.parts.map(\.feature) == ["", "genres: list", "genres: list", "price: number"])
    #expect(sums.parts.map(\.value) == ["", "Drama", "Horror", ""])
    func names(_ place: Int) -> [String] {
      sums.contributions(of: place, to: Self.query).filter { !$0.part.isMean }.map { $0.part.name(weight: $0.weight) }
    }
    #expect(names(0) == ["genres: Drama", "genres: Horror", "price: 12.50"])
    // Nothing is known of "War".
    #expect(names(1) == ["genres: Drama", "price: 2.2500"])
  }

  @Test("of two cold starts are those of both")
  func joined() throws {
    let ((first, vectors), (second, others)) = (sums([1, 4]), sums([0, 3, 5], hasMean: false))
    let both = first.renumbered { $0 == 4 ? 4 : 2 }.joined(with: second)
    #expect(both.candidates.map(\.number) == [0, 2, 3, 4, 5])
    for (number, wanted) in [(2, product(vectors, 0)), (4, product(vectors, 1))] {
      #expect(try abs(score(both, number) - wanted) < 1e-5)
    }
    for (row, number) in [0, 3, 5].enumerated() { #expect(try abs(score(both, number) - product(others, row)) < 1e-5) }
  }

  private func model() -> Model {
    let counts = Self.titles.map { _ in Int64(1) }
    return Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(["ann"]), counts: [1]),
        candidate: Vocabulary(column: "title", values: Strings(Self.titles), counts: counts)), dimension: 3, seed: 3)
  }

  @Test("are in the model's artifact, and not in that of a model without new candidates")
  func artifact() throws {
    let scratch = try Scratch()
    var model = model()
    let (sums, _) = sums([1, 3, 4], interactions: [0, 7, 0])
    func published(_ name: String) throws -> ArtifactFile {
      try model.publish(to: scratch.file(name), lineage: .none, summary: Summary())
      return try ArtifactFile(path: scratch.file(name), type: Model.type)
    }
    let plain = try published("plain")
    #expect(!plain.header.sections.contains { $0.name.hasPrefix("new_candidate") })
    #expect(try Model(plain).candidatesByFeatures == nil)
    model.candidatesByFeatures = sums
    let read = try #require(try Model(published("model")).candidatesByFeatures)
    #expect(read.parts == sums.parts && read.candidates == sums.candidates && read.encoding == sums.encoding)
    #expect(read.vectors.values == sums.vectors.values && read.candidates[1].interactions == 7)
    #expect(read.contributions(of: 0, to: Self.query).last?.part.name(weight: 0) == "price: 9.9500", "the mean")
  }

  @Test("are refused where they are of candidates beyond the vocabulary")
  func malformed() throws {
    let scratch = try Scratch()
    var model = model()
    model.candidatesByFeatures = sums([1]).0.renumbered { _ in 6 }
    try model.publish(to: scratch.file("model"), lineage: .none, summary: Summary())
    let file = try ArtifactFile(path: scratch.file("model"), type: Model.type)
    let error = #expect(throws: (any Error).self) { _ = try Model(file) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("table \"new_candidates\": its number is out of range"))
  }
}
