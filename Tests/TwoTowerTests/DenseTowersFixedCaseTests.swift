import CanonicalJSON
import Features
import Interactions
import Kernels
import LinearAlgebra
import SystemFiles
import Tables
import Testing

@testable import TwoTower

/// What Keras made of a small pair of towers with dense layers; Scripts/reference/dense_towers_fixed_case.py wrote it.
private struct KerasTowers {
  static let names = ["one layer", "relu", "gelu", "layer-norm", "gelu after layer-norm"]

  let json: JSON
  let form: DenseLayers.Form

  init(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let file = try JSON.parse(Files.read("\(folder)/Fixtures/dense-towers-fixed-case.json"))
    json = try #require(file["cases"]?.array?.first { $0["name"]?.string == name })
    form = try #require(DenseLayers.Form(json))
  }

  static func matrix(_ json: JSON?) throws -> Matrix {
    let rows = try #require(json?.array).map { ($0.array ?? []).compactMap(\.number).map { Float($0) } }
    return Matrix(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
  }

  private func towerJSON(_ side: TowerSide) throws -> JSON {
    try #require(json["towers"]?.array?[side == .query ? 0 : 1])
  }

  /// The tables and layers "before" training, or "after" it, or their first "gradients".
  func matrices(_ side: TowerSide, _ when: String) throws -> [Matrix] {
    try #require(towerJSON(side)[when]?.array).map { try Self.matrix($0) }
  }

  func tower(_ side: TowerSide) throws -> ConcatTower {
    let entry = try towerJSON(side)
    let (weights, numbers) = (try Self.matrix(entry["weights"]), try Self.matrix(entry["numbers"]))
    let matrices = try matrices(side, "before")
    let tags = (0..<weights.columns).map { "tag \($0)" }
    let table = Table(
      "things", rows: 2,
      columns: [
        Column("name", text: ["a", "b"]), Column("tags", textLists: [tags, tags]), Column("size", reals: [1, 2]),
      ])
    let things = DescribedThings(table, name: "the things", keys: table.text("name")!, things: Strings(["a", "b"]))
    let features = try FeatureSet(["tags: list", "size: number"], of: things)
    let rows: [[SparseMatrix.Element]] = (1..<weights.rows).map { row in
      (0..<weights.columns).filter { weights[row, $0] != 0 }.map { (column: Int32($0), value: weights[row, $0]) }
        + [(column: Int32(weights.columns), value: numbers[row, 0])]
    }
    let encoded = EncodedVocabulary(features, matrix: SparseMatrix(columnCount: features.width, rows: rows))
    // A number has a row like every column, which nothing reads.
    let vectors = Matrix(rows: features.width, columns: matrices[1].columns)
    for row in 0..<matrices[1].rows { vectors.copy(row: row, of: matrices[1], to: row) }
    return ConcatTower(
      side, ids: matrices[0], encoded, table: vectors, layers: DenseLayers(form, matrices: Array(matrices[2...])))
  }

  func batches() throws -> [Batch] {
    try #require(json["batches"]?.array).map { batch in
      func rows(_ name: String) -> [Int32] { (batch[name]?.array ?? []).compactMap(\.integer).map { Int32($0) } }
      return Batch(queries: rows("queries"), candidates: rows("candidates"))
    }
  }
}

@Suite("Towers with dense layers beside Keras")
struct DenseTowersFixedCaseTests {
  /// An element differs by at most this share of the greatest magnitude of its matrix.
  private static let tolerance: Float = 2e-5

  private func expect(_ found: Matrix, near wanted: Matrix, _ name: String) {
    let scale = wanted.values.map(abs).max() ?? 0
    let far = zip(found.first(wanted.rows).values, wanted.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(scale > 0 && found.columns == wanted.columns)
    #expect(far <= Self.tolerance * scale, "\(name): \(far) of \(scale)")
  }

  @Test("the first gradients are Keras', of tables and layers", arguments: KerasTowers.names)
  func gradients(name: String) throws {
    let keras = try KerasTowers(name)
    let towers = try TowerSide.allCases.map { try keras.tower($0) }
    let batch = try keras.batches()[0]
    let softmax = SampledSoftmax(
      batch, queries: towers[0].vectors(of: batch.queries.rows, threads: 1),
      candidates: towers[1].vectors(of: batch.candidates.rows, threads: 2))
    let outcome = softmax.run(threads: 1)
    #expect(try abs(outcome.loss - #require(keras.json["losses"]?.array?[0].number)) < 1e-5 * outcome.loss)
    for (place, side) in TowerSide.allCases.enumerated() {
      let rows = [batch.queries, batch.candidates][place].rows
      let gradients = towers[place].pullBack(
        [outcome.queries, outcome.candidates][place], of: rows, occurrences: rows.map { _ in 1 }, threads: 2)
      for (number, wanted) in try keras.matrices(side, "gradients").enumerated() {
        let dense = Matrix(rows: towers[place].parameters[number].matrix.rows, columns: wanted.columns)
        for (row, parameter) in gradients[number].rows.enumerated() {
          dense.copy(row: row, of: gradients[number].matrix, to: Int(parameter.index))
        }
        expect(dense, near: wanted, "\(side) \(towers[place].parameters[number].name)")
      }
    }
  }

  @Test("losses and parameters stay Keras' through training", arguments: KerasTowers.names)
  func training(name: String) throws {
    let keras = try KerasTowers(name)
    let towers = try TowerSide.allCases.map { try keras.tower($0) }
    func vocabulary(_ tower: ConcatTower) -> Vocabulary {
      let names = (1..<tower.rowCount).map { "\($0)" }
      return Vocabulary(column: "name", values: Strings(names), counts: names.map { _ in 1 })
    }
    var settings = Trainer.Settings()
    settings.learningRate = 0.05
    settings.threads = 2
    let trainer = Trainer(
      Vocabularies(query: vocabulary(towers[0]), candidate: vocabulary(towers[1])), queryTower: towers[0],
      candidateTower: towers[1], pairs: TrainingPairs(queries: [1], candidates: [1]), settings: settings)
    let losses = try keras.batches().map { trainer.step($0) }
    let wanted = (keras.json["losses"]?.array ?? []).compactMap(\.number)
    #expect(losses.count == wanted.count && zip(losses, wanted).allSatisfy { abs($0 - $1) < 1e-5 * $1 })
    for (place, side) in TowerSide.allCases.enumerated() {
      for (parameter, after) in zip(towers[place].parameters, try keras.matrices(side, "after")) {
        expect(parameter.matrix, near: after, "\(side) \(parameter.name)")
      }
    }
  }
}
