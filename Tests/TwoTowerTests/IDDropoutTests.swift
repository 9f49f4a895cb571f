import Interactions
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Dropout of ids")
struct IDDropoutTests {
  private let half = IDDropout(share: 0.5, seed: 3, stream: "ids")

  @Test("draws its share of the rows in every step, other rows in other steps and by other seeds")
  func share() {
    let rows = (0..<4000).map { EmbeddingRow(index: $0) }
    func dropped(_ dropout: IDDropout, _ step: Int) -> [Bool] { rows.map { dropout.drops($0, step: step) } }
    let first = dropped(half, 1)
    #expect(1900...2100 ~= first.count { $0 })
    let third = IDDropout(share: 0.3, seed: 3, stream: "ids")
    #expect(1100...1300 ~= dropped(third, 7).count { $0 })
    // Independent draws agree on half of the rows.
    let others = [
      dropped(half, 2), dropped(IDDropout(share: 0.5, seed: 4, stream: "ids"), 1),
      dropped(IDDropout(share: 0.5, seed: 3, stream: "others"), 1),
    ]
    for other in others { #expect(1850...2150 ~= zip(first, other).count { $0 == $1 }) }
    #expect(first == dropped(half, 1))
  }

  @Test("leaves features alone in a step, but for rows without any, and gives dropped ids no gradient")
  func vectors() throws {
    let shop = try Shop(12)
    let (whole, tower) = (shop.tower(), shop.tower(dropout: half))
    #expect(tower.allVectors(threads: 1).values == whole.allVectors(threads: 1).values, "after training")
    let rows = (0..<tower.rowCount).map { EmbeddingRow(index: $0) }
    let running = tower.inTraining(step: 5)
    let (found, alone) = (running.vectors(of: rows, threads: 2), shop.tower(ids: false).allVectors(threads: 1))
    // The unknown and the last candidate have no features.
    let dropped = rows.filter { half.drops($0, step: 5) && $0.index > 0 && Int($0.index) < shop.names.count }
    #expect(2...9 ~= dropped.count)
    for row in rows {
      let wanted = dropped.contains(row) ? alone : whole.allVectors(threads: 1)
      #expect(found.row(Int(row.index)) == wanted.row(Int(row.index)))
    }
    let upstream = Matrix.initialEmbeddings(rows.count, 5, seed: 1, stream: "upstream", from: .normal)
    let occurrences = rows.map { Float($0.index) }
    let gradients = running.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 2)
    let usual = tower.pullBack(upstream.copy(), of: rows, occurrences: occurrences, threads: 2)
    #expect(gradients[0].rows == rows.filter { !dropped.contains($0) })
    #expect(gradients[0].occurrences == gradients[0].rows.map { Float($0.index) })
    for (place, row) in gradients[0].rows.enumerated() {
      #expect(gradients[0].matrix.row(place) == upstream.row(Int(row.index)))
    }
    #expect(gradients[1].rows == usual[1].rows && gradients[1].matrix.values == usual[1].matrix.values)
  }

  /// Every query chooses candidates of one kind.
  private func trainer(_ shop: Shop, dropout: IDDropout?, threads: Int = 1) throws -> Trainer {
    var cases = Cases(9)
    let queries = (0..<900).map { _ in Int32(1 + cases.number(below: 30)) }
    let candidates = queries.map { Int32(1 + 2 * cases.number(below: 5)) + $0 % 2 }
    let model = cases.model(queries: 31, candidates: shop.names.count + 1, dimension: 5, scale: 0.05)
    var settings = Trainer.Settings()
    settings.length.epochs = 6
    settings.batchSize = 100
    settings.objective.normalisation = .both
    settings.objective.temperature = 0.3
    settings.threads = threads
    return Trainer(
      Vocabularies(
        query: model.vocabularies.query,
        candidate: Vocabulary(column: "title", values: shop.names, counts: shop.names.array.map { _ in 1 })),
      queryTower: EmbeddingTower(.query, model.queries), candidateTower: shop.tower(dropout: dropout),
      pairs: TrainingPairs(queries: queries, candidates: candidates), settings: settings)
  }

  @Test("trains the same bytes on any number of threads and after a kill, and others than without")
  func deterministic() throws {
    let shop = try Shop(12)
    let whole = try trainer(shop, dropout: half)
    let epochs = try whole.train()
    #expect(epochs[5].lossPerPair < epochs[0].lossPerPair)
    let shared = try trainer(shop, dropout: half, threads: 3)
    _ = try shared.train()
    #expect(shared.current.candidates.values == whole.current.candidates.values)
    let scratch = try Scratch()
    let state = try trainer(shop, dropout: half).stateWhenKilled(at: 25, scratch.file("state.tandem"))
    let resumed = try trainer(shop, dropout: half)
    try resumed.resume(from: state)
    _ = try resumed.train()
    #expect(resumed.current.candidates.values == whole.current.candidates.values)
    let without = try trainer(shop, dropout: nil)
    _ = try without.train()
    #expect(without.current.candidates.values != whole.current.candidates.values)
  }
}
