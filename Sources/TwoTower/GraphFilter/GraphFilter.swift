import Artifacts
package import Interactions
package import Kernels
import LinearAlgebra
import RandomNumbers
import Tables

/// Training of a graph filter (GF-CF, Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021):
/// no gradients, but the singular vectors of the normalised interactions.
///
/// With X the matrix of queries by candidates and `R = D_q^-½ X D_c^-½ = U Σ Vᵀ`, D the weights of its rows and of its
/// columns, the candidates' vectors are the rows of `V Σ^(power/2)`, and a query's vector is its bag: the sum of the
/// vectors of what it chose, times their weights. So scores are `X V Σ^power Vᵀ`: steps from candidate to candidate
/// over the graph of interactions, in which small singular values, which are noise, fade. R may be that of segments of
/// the histories in place of whole ones; the bags are of whole ones.
///
/// An epoch is one step of subspace iteration (`SubspaceStep`). Queries without pairs keep their vectors.
package final class GraphFilter: Training {
  /// The settings of a training.
  package struct Settings: Sendable {
    package var length = TrainingLength(epochs: 8)
    /// The power of the singular values: 0 keeps all alike, more makes the score smoother.
    package var power = 1.0
    /// The mean number of consecutive choices in the segments that histories are cut into for R; 0 for whole histories.
    package var segmentLength = 0
    /// The seed of the cuts.
    package var seed: UInt64 = 42
    package var threads = 1

    package init() {}
  }

  package let vocabularies: Vocabularies
  package let settings: Settings
  package let towers: [TrainedTower]
  package var progress = TrainingProgress()
  package private(set) var lastStep: TrainingStep?
  package var best: [Matrix]?
  package var trained: TrainedRows?
  /// The candidates that each query of the vocabulary chose.
  private let chosen: SparseMatrix
  /// Numbers of the queries that have pairs of more weight than 0.
  private let queries: [Int]
  private let iteration: SubspaceStep
  /// The sum of the squares of the normalised interactions.
  private let energy: Double
  private let queryTable: Matrix
  private let candidateTable: Matrix

  /// - Parameters:
  ///   - model: whose tables are trained in place; its candidates' vectors span the subspace that the first epoch
  ///     begins with.
  ///   - pairs: all of them are kept in memory, whatever the bound.
  ///   - times: of each pair, for settings with segments.
  package init(_ model: Model, pairs: TrainingPairs, times: [Double]? = nil, settings: Settings) throws {
    vocabularies = model.vocabularies
    self.settings = settings
    queryTable = model.queries
    candidateTable = model.candidates
    chosen = try SparseMatrix(chosenIn: pairs, of: model)
    queries = chosen.weightedRows
    let segments = try HistorySegments.cutting(
      chosen, of: pairs, times: times, length: settings.segmentLength)
    let normalised = Self.rows(chosen, queries, segments, seed: settings.seed).normalised()
    energy = (normalised.values ?? []).reduce(0) { $0 + Double($1) * Double($1) }
    iteration = SubspaceStep(normalised, threads: settings.threads)
    towers = [
      TrainedTower(.query, EmbeddingTower(.query, model.queries), memory: [[]]),
      TrainedTower(.candidate, EmbeddingTower(.candidate, model.candidates), memory: [[]]),
    ]
  }

  /// The number of cuts of each history, which together count for each pair of choices how near they are.
  private static let cuts = 4

  /// The rows of X: what the queries chose, or segments of it.
  private static func rows(
    _ chosen: SparseMatrix, _ queries: [Int], _ segments: HistorySegments?, seed: UInt64
  ) -> SparseMatrix {
    guard let segments else { return chosen }
    var random = RandomGenerator(seed: seed, stream: "segments")
    return segments.cut((0..<cuts).flatMap { _ in queries }, from: &random)
  }

  /// The number of distinct pairs.
  package var pairCount: Int { chosen.count }
  package func description(ofLoss loss: String) -> String { "\(loss) of the energy left out" }
  package var length: TrainingLength { settings.length }
  package var stepsPerEpoch: Int { 1 }
  package var optimizerName: String { GraphFilterRecipe.name }
  package var dataDescription: String {
    "\(pairCount) distinct pairs of \(queries.count) queries"
      + HistorySegments.description(length: settings.segmentLength)
  }

  package func finished(_ towers: [any Tower]) -> Model {
    Model(
      vocabularies: vocabularies, queries: towers[0].allVectors(threads: settings.threads),
      candidates: towers[1].allVectors(threads: settings.threads), recipe: Recipe(GraphFilterRecipe()))
  }

  package func advance() throws -> Double {
    let rows = Array(EmbeddingRow.known(of: candidateTable.rows))
    let start = towers[1].tower.vectors(of: rows, threads: settings.threads)
    let found = iteration.run(from: start) { square in
      // Σ² to the quarter of the power is Σ to its half.
      var factor = [Float(naturalLogarithm(square) * settings.power / 4)]
      exponentials(of: &factor)
      return Double(factor[0])
    }
    for (place, row) in rows.enumerated() {
      candidateTable.copy(row: place, of: found.vectors, to: Int(row.index))
    }
    chosen.writeSums(of: found.vectors, ofQueries: queries, to: queryTable, threads: settings.threads)
    progress.step += 1
    progress.pairs += pairCount
    let loss = energy > 0 ? max(energy - found.squares.reduce(0, +), 0) / energy : 0
    lastStep = TrainingStep(lossPerPair: loss, learningRate: 0, pairs: pairCount)
    return loss
  }

  package func finishedEpoch() -> TrainingEpoch {
    TrainingEpoch(lossPerBatch: progress.loss, lossPerPair: progress.loss, accuracies: [])
  }
}
