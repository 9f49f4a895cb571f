import Artifacts
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("A tower of histories")
struct HistoryTowerTests {
  private static let dimension = 5
  /// Row 0 and one query have no history, and two share theirs.
  private static let histories: [[Int32]] = [[], [1, 2, 3], [2], [], [4, 1], [1, 2, 3], [8, 7, 6, 5, 4, 3, 2, 1]]

  private func table(rows: Int = 9) -> Matrix {
    var cases = Cases(77)
    return cases.model(queries: 2, candidates: rows, dimension: Self.dimension).candidates
  }

  private func tower(_ table: Matrix) -> HistoryTower {
    HistoryTower(histories: Self.histories.map(\.rows), table: table)
  }

  @Test("gives the sum of the chosen embeddings over the square root of their number, and zero for an empty history")
  func vectors() {
    let table = table()
    let vectors = tower(table).allVectors(threads: 2)
    for (row, history) in Self.histories.enumerated() {
      let sum = (0..<Self.dimension).map { column in
        history.reduce(Float(0)) { $0 + table.row(Int($1))[column] } / Float(max(history.count, 1)).squareRoot()
      }
      for (value, want) in zip(vectors.row(row), sum) { #expect(abs(value - want) < 1e-6) }
    }
  }

  @Test("has the gradients of finite differences, each row of the table once")
  func finiteDifferences() throws {
    let table = table()
    let tower = tower(table)
    let rows = ([6, 1, 4, 0, 5] as [Int32]).rows
    var cases = Cases(3)
    let upstream = cases.model(queries: 2, candidates: rows.count, dimension: Self.dimension).candidates
    // The function whose gradient is `upstream`: Σ upstream · vectors.
    func value() -> Double {
      let vectors = tower.vectors(of: rows, threads: 1)
      return (0..<rows.count).reduce(0) { sum, row in
        zip(vectors.row(row), upstream.row(row)).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let gradients = try #require(
      tower.pullBack(upstream.copy(), of: rows, occurrences: [1, 2, 1, 1, 3], threads: 1).first)
    #expect(gradients.rows == (1...8).map { EmbeddingRow(index: $0) })
    #expect(gradients.occurrences == [7, 6, 6, 2, 1, 1, 1, 1])
    for (place, row) in gradients.rows.enumerated() {
      for column in 0..<Self.dimension {
        let pointer = table.pointer(row: Int(row.index)) + column
        let (before, step) = (pointer.pointee, Float(1e-2))
        pointer.pointee = before + step
        let above = value()
        pointer.pointee = before - step
        let below = value()
        pointer.pointee = before
        #expect(abs((above - below) / Double(2 * step) - Double(gradients.matrix.row(place)[column])) < 1e-3)
      }
    }
    let shared = tower.pullBack(upstream.copy(), of: rows, occurrences: [1, 2, 1, 1, 3], threads: 3)[0]
    #expect(shared.matrix.values == gradients.matrix.values, "one order of every sum")
  }

  /// Two groups of ten candidates; every query chooses from one group.
  private func pairs() -> (pairs: TrainingPairs, histories: [[EmbeddingRow]]) {
    var cases = Cases(9)
    let queries = (0..<600).map { _ in Int32(1 + cases.number(below: 30)) }
    let candidates = queries.map { Int32(1 + cases.number(below: 10)) + ($0 % 2) * 10 }
    var histories = [Set<Int32>](repeating: [], count: 31)
    for (query, candidate) in zip(queries, candidates) { histories[Int(query)].insert(candidate) }
    return (TrainingPairs(queries: queries, candidates: candidates), histories.map { $0.sorted().rows })
  }

  private func trainer(epochs: Int = 6, threads: Int = 1) -> Trainer {
    var cases = Cases(10)
    let model = cases.model(queries: 31, candidates: 21, dimension: 8, scale: 0.05)
    let table = cases.model(queries: 2, candidates: 21, dimension: 8, scale: 0.05).candidates
    let (pairs, histories) = pairs()
    var settings = Trainer.Settings()
    settings.epochs = epochs
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.objective.temperature = 0.3
    settings.regularization = Regularization(strength: 0.001, byFrequency: true)
    settings.clipNorm = 5
    settings.threads = threads
    return Trainer(
      model.vocabularies, queryTower: HistoryTower(histories: histories, table: table),
      candidateTower: EmbeddingTower(.candidate, model.candidates), pairs: pairs, settings: settings)
  }

  @Test("is trained like any other: it finds groups, with the same bits on any number of threads")
  func training() throws {
    let trainer = trainer()
    let epochs = try trainer.train()
    #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0.lossPerPair > $1.lossPerPair })
    let model = trainer.current
    for query in 1...30 {
      let scores = (1...20).map { candidate in
        zip(model.queries.row(query), model.candidates.row(candidate)).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      }
      let groups = (scores[..<10].reduce(0, +), scores[10...].reduce(0, +))
      #expect(query % 2 == 0 ? groups.0 > groups.1 : groups.1 > groups.0)
    }
    let shared = self.trainer(threads: 4)
    _ = try shared.train()
    #expect(shared.current.queries.values == model.queries.values)
    #expect(shared.current.candidates.values == model.candidates.values)
  }

  @Test("has its table in the state by name: a resumed training gives the same bits and restores the best epoch")
  func state() throws {
    let scratch = try Scratch()
    var listener = TrainingListener()
    // The nearer to where the second epoch ends, the better, so that the second is the best.
    let coordinates = try trainer().coordinates()
    listener.validation = { model in -abs(Double(model.queries.row(1)[0]) - coordinates[1]) }
    let undisturbed = trainer()
    _ = try undisturbed.train(listener)
    #expect(undisturbed.progress.bestEpoch == 1)
    struct Killed: Error {}
    var watched = listener
    watched.batch = { training in
      guard training.progress.step == 15 else { return }
      try training.publish(to: scratch.file("state.tandem"), lineage: .none)
      throw Killed()
    }
    #expect(throws: Killed.self) { _ = try trainer().train(watched) }
    let file = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    #expect(file.section("query_history") != nil && file.section("query_history_memory_0") != nil)
    #expect(file.section("best_query_history") != nil && file.section("query_table") == nil)
    let later = trainer()
    try later.resume(from: file)
    _ = try later.train(listener)
    #expect(later.result.queries.values == undisturbed.result.queries.values)
    #expect(later.result.candidates.values == undisturbed.result.candidates.values)
  }

  @Test("starts warm by candidates, which number its table's rows")
  func warmStart() throws {
    let scratch = try Scratch()
    let earlier = trainer()
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = trainer()
    let warm = try later.warmStart(from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    #expect(warm.candidates == (20, 20))
    #expect(later.table(.query).values == earlier.table(.query).values)
    #expect(later.current.queries.values == earlier.current.queries.values)
  }
}

extension Trainer {
  /// The first coordinate of a query after each epoch.
  fileprivate func coordinates() throws -> [Double] {
    var coordinates: [Double] = []
    var listener = TrainingListener()
    listener.epoch = { [unowned self] _, _ in coordinates.append(Double(self.current.queries.row(1)[0])) }
    _ = try train(listener)
    return coordinates
  }
}
