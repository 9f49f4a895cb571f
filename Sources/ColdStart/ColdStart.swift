package import Features
package import Interactions
import Kernels
import LinearAlgebra
import SystemFiles
import Tables
package import TwoTower

/// Vectors for the candidates of a catalog that a trained model has none for, from their features; nothing is trained,
/// and the model's own vectors stay as they are, bit for bit.
package struct ColdStart: Sendable {
  package struct Settings: Sendable {
    /// `true` if new vectors are made longer until they take a share of the lists, and equally long where trained ones
    /// are; else a length is as features give it, and the shorter the less they say.
    package var scalesLengths = true
    /// The share of new candidates in lists as a multiple of their share of all candidates.
    package var exposure = 1.0
    /// The greatest share of lists that new candidates are given.
    package var greatestShare = 0.25
    package var seed: UInt64 = 42
    package var threads = 1

    package init() {}
  }

  /// The share of explained variance below which lengths stay as they are: nobody knows to whom new candidates belong.
  package static let leastExplained = 0.01

  package let model: Model
  package let report: ColdStartReport

  /// - Parameters:
  ///   - model: trained on `train`.
  ///   - features: of candidates, as `vocab` learnt them.
  ///   - catalog: describes trained and new candidates.
  ///   - train: what the model was trained on.
  ///   - newer: interactions in which new candidates may be, if there are any.
  package init(
    _ model: Model, features: FeatureSet, catalog: Catalog, train: Interactions, newer: Interactions?,
    settings: Settings
  ) throws {
    let candidates = try ExtendedCandidates(model, features: features, catalog: catalog)
    let pairs = try KnownPairs(train, model.vocabularies)
    let own = model.ownDimension
    let vectors = model.candidates.narrowed(to: own)
    let trained = candidates.trained.filter { model.vocabularies.candidate.counts[$0.number] > 0 }
    guard !trained.isEmpty else { throw ColdStartError.noTrainedCandidates }
    let described = candidates.features.matrix.selecting(trained.map(\.place))
    let head: ContentHead
    do {
      let targets = Matrix(rows: trained.count, columns: own)
      targets.gather(vectors, rows: trained.map { EmbeddingRow(place: $0.number).index })
      head = try ContentHead(
        described, vectors: targets,
        interactions: trained.map { Double(model.vocabularies.candidate.counts[$0.number]) },
        threads: settings.threads)
    } catch { throw ColdStartError.unsolvable(error) }
    let natural = head.vectors(of: candidates.features.matrix.selecting(candidates.new), threads: settings.threads)
    let scales = settings.scalesLengths && !candidates.new.isEmpty && head.explainedVariance >= Self.leastExplained
    let lengths = trained.map { Double(vectors.length(of: $0.number)) }
    var byFeatures = natural
    if scales {
      // Where training made all vectors equally long a length means nothing; elsewhere it is a part of the answer.
      byFeatures =
        lengths.haveEqualValues
        ? natural.times(length: Float(lengths.mean))
        : natural.multiplied(by: Float(lengths.mean / max(natural.meanLength, 1e-12)))
    }

    let bias = model.recipe.biasWeight == nil ? nil : model.leastBias
    let sample = pairs.sampledQueries(ListExposure.sampledQueries)
    let queries = Matrix(rows: sample.count, columns: model.dimension)
    queries.gather(model.queries, rows: sample)
    let naturalExposure = ListExposure(
      queries: queries, candidates: model.candidates.withoutFirstRow, new: natural, newBias: bias,
      seen: pairs.seen(by: sample), threads: settings.threads)
    let exposure = scales ? naturalExposure.showing(byFeatures, threads: settings.threads) : naturalExposure
    let fair = Double(candidates.new.count) / Double(max(candidates.things.count, 1))
    var factor: Float = 1
    if scales {
      factor = exposure.factor(share: min(settings.exposure * fair, settings.greatestShare))
      byFeatures = byFeatures.multiplied(by: factor)
    }

    let shown = try newer.map { try KnownPairs($0, model.vocabularies, candidates: candidates.things) }
    let first = shown.map { _ in
      FirstInteractions(
        queries: model.queries.narrowed(to: own), trained: pairs.trainedQueries, pairs: pairs.count,
        candidates: trained.count, meanScore: pairs.meanScore(model),
        examples: pairs.examples(
          trained, vectors: vectors,
          byFeatures: head.vectors(of: described, threads: settings.threads)),
        seed: settings.seed, threads: settings.threads)
    }
    self.model = candidates.extended(
      model, vectors: byFeatures, bias: bias, first: first, shown: shown, threads: settings.threads)
    report = ColdStartReport(
      head: head, features: features, encoded: candidates.features, newCount: candidates.new.count,
      count: candidates.things.count, exposure: exposure, factor: factor,
      naturalShare: scales ? naturalExposure.share(factor: 1) : nil, fair: fair,
      strength: first?.strength,
      interactionsOfNew: shown.map { shown in
        candidates.new.reduce(0) { $0 + shown.queries(of: $1).count }
      })
  }
}

extension Matrix {
  /// All rows but that of the unknown.
  var withoutFirstRow: Matrix {
    let rest = Matrix(rows: EmbeddingRow.vocabularyCount(rows: rows), columns: columns)
    rest.gather(self, rows: EmbeddingRow.known(of: rows).map(\.index))
    return rest
  }

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

extension Model {
  /// The bias of the least popular candidate, which a candidate without interactions has.
  var leastBias: Float {
    EmbeddingRow.known(of: candidates.rows).map { candidates[Int($0.index), dimension - 1] }.min() ?? 0
  }
}
