import Artifacts
package import Interactions
package import Kernels
import LinearAlgebra
import ParallelLoops
package import Tables

/// Implicit alternating least squares: each half of a sweep finds the best rows of one tower while the other stands
/// still, the query tower first. An epoch is a sweep.
///
/// A repeated pair counts once, with the greatest of its weights. Candidates without interactions become 0, as the
/// formula has it; queries without interactions keep their initial vectors and are left out of every sum.
package final class ImplicitALS: Training {
  /// The settings of a training.
  package struct Settings: Sendable {
    package var objective = ImplicitALSObjective()
    /// Weights by relative numbers, in place of `objective`, which then follows from the data.
    package var relative: RelativeObjective?
    package var length = TrainingLength(epochs: 3)
    package var threads = 1

    package init() {}
  }

  package let vocabularies: Vocabularies
  package let settings: Settings
  package let objective: ImplicitALSObjective
  package var progress = TrainingProgress()
  package var best: [Matrix]?
  package var trained: TrainedRows?
  private let queries: Half
  private let candidates: Half
  /// Σw over all pairs.
  private let weight: Double

  /// - Parameters:
  ///   - model: whose tables are trained in place.
  ///   - pairs: all of them are kept in memory, whatever the bound.
  package convenience init(_ model: Model, pairs: TrainingPairs, settings: Settings) throws {
    self.init(
      model, queries: try pairs.queries, candidates: try pairs.candidates, weights: try pairs.weights,
      settings: settings)
  }

  package init(
    _ model: Model, queries rows: [EmbeddingRow], candidates columns: [EmbeddingRow], weights: [Float]?,
    settings: Settings
  ) {
    vocabularies = model.vocabularies
    towers = [
      TrainedTower(.query, EmbeddingTower(.query, model.queries), memory: [[]]),
      TrainedTower(.candidate, EmbeddingTower(.candidate, model.candidates), memory: [[]]),
    ]
    self.settings = settings
    let chosen = SparseMatrix(
      rowCount: EmbeddingRow.vocabularyCount(rows: model.queries.rows),
      columnCount: EmbeddingRow.vocabularyCount(rows: model.candidates.rows), count: rows.count,
      row: { rows[$0].index }, column: { columns[$0].index }, values: weights, first: EmbeddingRow.firstKnown.index)
    pairCount = chosen.count
    let transposed = chosen.transposed()
    let (queryWeights, candidateWeights) = (chosen.rowWeights, transposed.rowWeights)
    // The rows that a published model has, so that folding in has the same penalties.
    let (chosing, chosenOnes) = (queryWeights.filter { $0 > 0 }, candidateWeights.filter { $0 > 0 })
    objective =
      settings.relative?.objective(queries: chosing, candidates: chosenOnes) ?? settings.objective
    queries = Half(
      "query", model.queries, chosen,
      penalties: queryWeights.map { [objective] in objective.penalty(weight: $0, others: chosenOnes.count) },
      resetsUnchosen: false)
    candidates = Half(
      "candidate", model.candidates, transposed,
      penalties: candidateWeights.map { [objective] in objective.penalty(weight: $0, others: chosing.count) },
      resetsUnchosen: true)
    weight = queryWeights.reduce(0, +)
  }

  /// The number of distinct pairs.
  package let pairCount: Int
  package func description(ofLoss loss: String) -> String { "objective \(loss)" }
  package var length: TrainingLength { settings.length }
  package var stepsPerEpoch: Int { 2 }
  package var optimizerName: String { ImplicitALSRecipe.name }
  package var dataDescription: String { "\(pairCount) distinct pairs" }
  package let towers: [TrainedTower]

  package func finished(_ towers: [any Tower]) -> Model {
    let tables = towers.map { $0.allVectors(threads: settings.threads) }
    return Model(
      vocabularies: vocabularies, queries: tables[0], candidates: tables[1],
      recipe: Recipe(ImplicitALSRecipe(objective)))
  }

  /// Takes half a sweep; returns the value of the objective after the second half.
  package func advance() throws -> Double {
    let half = progress.batch == 0 ? queries : candidates
    let fixed = progress.batch == 0 ? candidates : queries
    progress.step += 1
    // As drawn, or from an earlier training that had them.
    fixed.resetUnchosen()
    let gain = try half.solve(
      against: fixed, unobservedWeight: objective.unobservedWeight, threads: settings.threads)
    return progress.batch == 0 ? 0 : weight - gain + fixed.penalty
  }

  /// The explained share below which the penalty has outweighed the data.
  static let leastExplained = 1e-4

  package func checkLearnt() throws(LearntNothing) {
    if explained < Self.leastExplained { throw .unexplained(share: explained) }
  }

  /// The share of the zero vectors' objective that this model explains; 0 if it has learnt nothing.
  package var explained: Double {
    guard let loss = progress.epochs.last?.lossPerBatch, weight > 0 else { return 0 }
    return 1 - loss / weight
  }

  /// The loss of an epoch is the objective itself: there are no batches.
  package func finishedEpoch() -> TrainingEpoch {
    TrainingEpoch(
      lossPerBatch: progress.loss, lossPerPair: progress.loss / Double(max(pairCount, 1)), accuracies: [])
  }
}

/// One tower and what its rows chose.
private struct Half: Sendable {
  let side: String
  let table: Matrix
  let chosen: SparseMatrix
  let penalties: [Float]
  /// Rows of the table that the objective has.
  let rows: [EmbeddingRow]
  private let resetsUnchosen: Bool
  private let schedule: RowSchedule

  /// - Parameter resetsUnchosen: `true` if rows without pairs become 0; else the objective does without them.
  init(
    _ side: String, _ table: Matrix, _ chosen: SparseMatrix, penalties: [Float], resetsUnchosen: Bool
  ) {
    self.side = side
    self.table = table
    self.chosen = chosen
    self.penalties = penalties
    rows = EmbeddingRow.known(of: table.rows).enumerated()
      .filter { number, _ in resetsUnchosen || !chosen.row(number).isEmpty }.map(\.element)
    self.resetsUnchosen = resetsUnchosen
    schedule = RowSchedule(chosen, longest: LeastSquares.partLength)
  }

  /// The rows of the table that belong to numbers of the vocabulary, in their order.
  private var known: Range<Int> { Int(EmbeddingRow.firstKnown.index)..<table.rows }

  /// The row of the table for a number of the vocabulary.
  private func embedding(_ number: Int) -> Int { Int(QueryNumber(number).row.index) }

  func resetUnchosen() {
    guard resetsUnchosen else { return }
    for row in 0..<chosen.rowCount where chosen.row(row).isEmpty { table.zero(row: embedding(row)) }
  }

  /// Σ over rows of their penalty times their squared length.
  var penalty: Double {
    (0..<chosen.rowCount).reduce(0) { sum, row in
      chosen.row(row).isEmpty ? sum : sum + Double(penalties[row] * table.squaredLength(row: embedding(row)))
    }
  }

  /// The best rows; gives by how much they lower the objective below Σw.
  func solve(against fixed: Half, unobservedWeight: Double, threads: Int) throws(TwoTowerError) -> Double {
    let squares = LeastSquares(
      fixed: fixed.table, rows: fixed.rows.map(\.index), unobservedWeight: unobservedWeight, threads: threads)
    let rotated = squares.rotated(fixed.table, rows: fixed.known, threads: threads)
    let gains = AlignedFloats(chosen.rowCount)
    for row in schedule.shared { solve([row], squares, rotated, gains, threads: threads) }
    parallel(blocks: schedule.blocks.count, threads: threads) { block in
      solve(schedule.rows[schedule.blocks[block]], squares, rotated, gains, threads: 1)
    }
    var gain = 0.0
    for row in 0..<chosen.rowCount {
      guard gains[row].isFinite else { throw .singular(side: side, row: Int(QueryNumber(row).row.index)) }
      gain += Double(gains[row])
    }
    return gain
  }
  /// Writes the best of some rows, and their gains.
  private func solve(
    _ numbers: ArraySlice<Int32>, _ squares: LeastSquares, _ rotated: Matrix, _ gains: AlignedFloats, threads: Int
  ) {
    let space = LeastSquares.Workspace(columns: table.columns, solutions: numbers.count)
    for (place, number) in numbers.enumerated() {
      let row = Int(number)
      let own = LeastSquares.Chosen(
        rows: chosen.row(row), table: rotated, weights: chosen.values?[chosen.starts[row]..<chosen.starts[row + 1]],
        penalty: penalties[row])
      gains[row] = squares.solve(own, at: place, threads: threads, space)
    }
    squares.turnBack(numbers.count, space)
    for (place, number) in numbers.enumerated() {
      table.copy(row: place, of: space.solutions, to: embedding(Int(number)))
    }
  }
}
