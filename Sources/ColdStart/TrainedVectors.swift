import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

/// The candidates that training had interactions of: their vectors without a bias, and their features.
struct TrainedVectors: Sendable {
  private let candidates: [ExtendedCandidates.Trained]
  /// A row for each of `candidates`.
  private let described: SparseMatrix
  /// A row for each row of the model.
  private let vectors: Matrix
  private let interactions: [Double]
  private let lengths: [Double]

  /// - Throws: `ColdStartError.noTrainedCandidates`.
  init(_ candidates: ExtendedCandidates, of model: Model) throws(ColdStartError) {
    let counts = model.vocabularies.candidate.counts
    let trained = candidates.trained.filter { counts[$0.number] > 0 }
    guard !trained.isEmpty else { throw .noTrainedCandidates }
    let vectors = model.candidates.narrowed(to: model.ownDimension)
    self.candidates = trained
    self.vectors = vectors
    described = candidates.features.matrix.selecting(trained.map(\.place))
    interactions = trained.map { Double(counts[$0.number]) }
    lengths = trained.map { Double(vectors.length(of: $0.number)) }
  }

  /// Learns the map from features to vectors.
  ///
  /// - Throws: `ColdStartError.unsolvable`.
  func head(threads: Int) throws(ColdStartError) -> ContentHead {
    let targets = Matrix(rows: candidates.count, columns: vectors.columns)
    targets.gather(vectors, rows: candidates.map { EmbeddingRow(place: $0.number).index })
    do { return try ContentHead(described, vectors: targets, interactions: interactions, threads: threads) } catch {
      throw .unsolvable(error)
    }
  }

  /// Vectors of new candidates, about as long as trained ones: where training made all vectors equally long a length
  /// means nothing, and all become so long; elsewhere it is a part of the answer, and only the mean changes.
  func bringingToLength(_ natural: Matrix) -> Matrix {
    lengths.haveEqualValues
      ? natural.times(length: Float(lengths.mean))
      : natural.multiplied(by: Float(lengths.mean / max(natural.meanLength, 1e-12)))
  }

  /// Learns from the trained candidates how much first interactions are worth beside features.
  func firstInteractions(
    of model: Model, _ pairs: KnownPairs, _ map: FeatureMap, seed: UInt64, threads: Int
  ) -> FirstInteractions {
    FirstInteractions(
      queries: model.queries.narrowed(to: model.ownDimension), trained: pairs.trainedQueries, pairs: pairs.count,
      candidates: candidates.count, meanScore: pairs.meanScore(model),
      examples: pairs.examples(
        candidates, vectors: vectors, byFeatures: map.vectors(of: described, threads: threads)),
      seed: seed, threads: threads)
  }
}

extension Matrix {
  /// The length of a candidate's vector, by its number.
  func length(of number: Int) -> Float {
    squaredLength(row: Int(EmbeddingRow(place: number).index)).squareRoot()
  }

  var meanLength: Double { (0..<rows).map { Double(squaredLength(row: $0).squareRoot()) }.mean }

  /// Every row brought to one length; one of zeros stays.
  func times(length: Float) -> Matrix {
    let scaled = copy()
    for row in 0..<rows {
      let own = squaredLength(row: row).squareRoot()
      if own > 0 { scaled.scale(row: row, by: length / own) }
    }
    return scaled
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }

  /// `true` if the values differ by rounding alone.
  fileprivate var haveEqualValues: Bool {
    guard let least = self.min(), let greatest = self.max() else { return true }
    return greatest - least <= 1e-3 * greatest
  }
}
