import CanonicalJSON
import Interactions
import Kernels
import SystemFiles
import Tables
import Testing

@testable import TwoTower

/// What Keras made of a small model with two tasks; Scripts/reference/rating_head_fixed_case.py wrote it.
private struct KerasTasks {
  static let names = ["rating alone", "retrieval alone", "both", "both, weighted"]

  let json: JSON

  init(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let file = try JSON.parse(Files.read("\(folder)/Fixtures/rating-head-fixed-case.json"))
    json = try #require(file["cases"]?.array?.first { $0["name"]?.string == name })
  }

  /// The tables of queries and candidates and then the head's layers, "before" training, or "after" it, or their first
  /// "gradients".
  func matrices(_ when: String) throws -> [Matrix] {
    try #require(json[when]?.array).map { json in
      let rows = (json.array ?? []).map { ($0.array ?? []).compactMap(\.number).map { Float($0) } }
      return Matrix(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
    }
  }

  func losses(_ name: String) -> [Double] { (json[name]?.array ?? []).compactMap(\.number) }

  func batches() throws -> [(batch: Batch, rated: RatedPairs)] {
    try #require(json["batches"]?.array).map { json in
      func rows(_ name: String) -> [Int32] { (json[name]?.array ?? []).compactMap(\.integer).map { Int32($0) } }
      let batch = Batch(queries: rows("queries"), candidates: rows("candidates"))
      let pairs = zip(rows("queries").rows, rows("candidates").rows).map { Pair(query: $0, candidate: $1) }
      let ratings = (json["ratings"]?.array ?? []).map { Float($0.number ?? .nan) }
      return (batch, RatedPairs(batch, pairs: pairs, ratings: ratings))
    }
  }

  /// A training of the case's model, by its weights.
  func trainer() throws -> Trainer {
    let before = try matrices("before")
    func vocabulary(_ table: Matrix) -> Vocabulary {
      let names = (1..<table.rows).map { "\($0)" }
      return Vocabulary(column: "name", values: Strings(names), counts: names.map { _ in 1 })
    }
    let model = Model(
      vocabularies: Vocabularies(query: vocabulary(before[0]), candidate: vocabulary(before[1])), queries: before[0],
      candidates: before[1])
    var settings = Trainer.Settings()
    settings.learningRate = 0.05
    settings.threads = 2
    settings.rating = RatingTask(
      RatingHead("stars", layers: DenseLayers(DenseLayers.Form(), matrices: Array(before[2...]))), ratings: [3],
      weight: try Float(#require(json["rating_weight"]?.number)),
      retrievalWeight: try Float(#require(json["retrieval_weight"]?.number)))
    return Trainer(model, pairs: TrainingPairs(queries: [1], candidates: [1]), settings: settings)
  }
}

@Suite("A rating head beside Keras")
struct RatingHeadFixedCaseTests {
  /// An element differs by at most this share of the greatest magnitude of its matrix.
  private static let tolerance: Float = 2e-5

  private func expect(_ found: Matrix, near wanted: Matrix, _ name: String) {
    let scale = wanted.values.map(abs).max() ?? 0
    let far = zip(found.values, wanted.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(found.columns == wanted.columns && found.rows == wanted.rows)
    #expect(far <= Self.tolerance * scale, "\(name): \(far) of \(scale)")
  }

  @Test("the first gradients are Keras', of both tables and the head's layers", arguments: KerasTasks.names)
  func gradients(name: String) throws {
    let keras = try KerasTasks(name)
    let (trainer, first) = (try keras.trainer(), try keras.batches()[0])
    let outcome = trainer.outcome(of: first.batch, trainer.vectors(of: first.batch, temperature: 1), nil, first.rated)
    let wanted = try keras.matrices("gradients")
    // All rows of both tables are in every batch, in their order.
    expect(outcome.queries, near: wanted[0], "queries")
    expect(outcome.candidates, near: wanted[1], "candidates")
    if name == "retrieval alone" {
      #expect(outcome.head.isEmpty && wanted[2...].allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    } else {
      #expect(outcome.head.count == wanted.count - 2)
      for (number, matrix) in outcome.head.enumerated() {
        expect(matrix, near: wanted[number + 2], "layer \(number + 1)")
      }
    }
  }

  @Test("losses of both tasks, tables and layers stay Keras' through training", arguments: KerasTasks.names)
  func training(name: String) throws {
    let keras = try KerasTasks(name)
    let trainer = try keras.trainer()
    func isNear(_ found: Double, _ wanted: Double) -> Bool { abs(found - wanted) < 1e-5 * max(abs(wanted), 1) }
    let losses = try keras.batches().map { trainer.step($0.batch, rated: $0.rated) }
    #expect(losses.count == 5 && zip(losses, keras.losses("losses")).allSatisfy { isNear($0, $1) })
    let sums = try #require(trainer.progress.tasks)
    if name != "retrieval alone" { #expect(isNear(sums.rating, keras.losses("rating_losses").reduce(0, +))) }
    if name != "rating alone" { #expect(isNear(sums.retrieval, keras.losses("retrieval_losses").reduce(0, +))) }
    let found = [trainer.table(.query), trainer.table(.candidate)] + (try #require(trainer.head).head.layers.matrices)
    for (number, after) in try keras.matrices("after").enumerated() { expect(found[number], near: after, "\(number)") }
  }
}
