package import Features
package import Interactions
import Kernels
import LinearAlgebra
import Tables
package import TwoTower

/// Vectors for the candidates of a catalog that a trained model has none for, from their features; nothing is trained,
/// and the model's own vectors stay as they are, bit for bit.
package struct ColdStart: Sendable {
  /// The settings of a cold start; the same settings and inputs give the same vectors.
  package struct Settings: Sendable {
    /// `true` if new vectors are made longer until they take a share of the lists, and equally long where trained ones
    /// are; else a length is as features give it, and the shorter the less they say.
    package var scalesLengths = true
    /// The share of new candidates in lists as a multiple of their share of all candidates.
    package var exposure = 1.0
    /// The greatest share of lists that new candidates are given.
    package var greatestShare = 0.25
    /// `true` if new vectors are those of the features in the model's own tower; else a map is fitted to its vectors.
    package var usesTower = false
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
  ///   - features: of candidates, as `vocab` learnt them; a tower has its own.
  ///   - catalog: describes trained and new candidates.
  ///   - train: what the model was trained on.
  ///   - newer: interactions in which new candidates may be, if there are any.
  package init(
    _ model: Model, features: FeatureSet, catalog: Catalog, train: Interactions, newer: Interactions?,
    settings: Settings
  ) throws {
    let tower = settings.usesTower ? model.features[.candidate] : nil
    guard tower != nil || !settings.usesTower else { throw ColdStartError.noTower }
    let features = tower?.features ?? features
    let candidates = try ExtendedCandidates(model, features: features, catalog: catalog)
    let pairs = try KnownPairs(train, model.vocabularies)
    let trained = try TrainedVectors(candidates, of: model)
    let map: FeatureMap = if let tower { .tower(tower) } else { .head(try trained.head(threads: settings.threads)) }
    let encoding = candidates.features.matrix.selecting(candidates.new)
    let natural = map.vectors(of: encoding, threads: settings.threads)
    let bias = model.recipe.biasWeight == nil ? nil : model.leastBias
    let naturalExposure = ListExposure(
      of: natural, bias: bias, beside: model, pairs: pairs, threads: settings.threads)
    let fair = Double(candidates.new.count) / Double(max(candidates.things.count, 1))

    var (byFeatures, exposure, factor) = (natural, naturalExposure, Float(1))
    let scales = settings.scalesLengths && !candidates.new.isEmpty && map.isInformative
    if scales {
      byFeatures = trained.bringingToLength(natural)
      exposure = naturalExposure.showing(byFeatures, threads: settings.threads)
      factor = exposure.factor(share: min(settings.exposure * fair, settings.greatestShare))
      byFeatures = byFeatures.multiplied(by: factor)
    }

    let shown = try newer.map { try KnownPairs($0, model.vocabularies, candidates: candidates.things) }
    let first = shown.map { _ in
      trained.firstInteractions(of: model, pairs, map, seed: settings.seed, threads: settings.threads)
    }
    let interactions = candidates.new.map { shown?.queries(of: $0).count ?? 0 }
    let sums = map.sums(
      features, encoding, scaled: byFeatures, numbers: candidates.new, interactions: interactions)
    self.model = candidates.extended(
      model, vectors: byFeatures, sums: sums, bias: bias, first: first, shown: shown, threads: settings.threads)
    report = ColdStartReport(
      head: map.head, features: features, encoded: candidates.features, newCount: candidates.new.count,
      count: candidates.things.count, exposure: exposure, factor: factor,
      naturalShare: scales ? naturalExposure.share(factor: 1) : nil, fair: fair,
      strength: first?.strength, interactionsOfNew: shown.map { _ in interactions.reduce(0, +) },
      isExplained: map.isLinear)
  }
}

extension Matrix {
  /// All rows but that of the unknown.
  var withoutFirstRow: Matrix {
    let rest = Matrix(rows: EmbeddingRow.vocabularyCount(rows: rows), columns: columns)
    rest.gather(self, rows: EmbeddingRow.known(of: rows).map(\.index))
    return rest
  }
}

extension Model {
  /// The bias of the least popular candidate, which a candidate without interactions has.
  var leastBias: Float {
    EmbeddingRow.known(of: candidates.rows).map { candidates[Int($0.index), dimension - 1] }.min() ?? 0
  }
}
