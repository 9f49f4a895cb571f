import ArgumentParser
import Features
package import Interactions
import Kernels
import StageKit
import TwoTower

enum TowerName: String, ChoiceParam {
  /// A vector for each id.
  case id
  /// The sum of the vectors of the id and of the values of features.
  case sum
  /// Dense layers over the vectors of the id and of features, side by side.
  case concat
}

/// The kinds of towers that a softmax trains.
struct TowerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Candidate tower: a vector for each id, the sum of those of the id and of its features, or dense layers over them.",
      valueName: "name"))
  var candidateTower = TowerName.id

  @Option(
    help: ArgumentHelp(
      "Candidate tower sum or concat: ids have vectors too; false for features alone.", valueName: "boolean"))
  var candidateIds = true

  @Option(
    help: ArgumentHelp(
      "Query tower: a vector for each id, the sum of those of the id and of its features, or dense layers over them.",
      valueName: "name"))
  var queryTower = TowerName.id

  @Option(
    help: ArgumentHelp(
      "Query tower sum or concat: ids have vectors too; false for features alone.", valueName: "boolean"))
  var queryIds = true

  @Option(
    help: ArgumentHelp(
      "Towers sum: share of the ids that each step leaves out, drawn anew, so that features learn to speak for what has "
        + "no id.",
      valueName: "share"))
  var idDropout = 0.0

  @OptionGroup var layers: LayerOptions

  func validate() throws {
    for side in TowerSide.allCases where tower(side) == .id && !hasIDs(side) {
      throw ValidationError(
        "--\(side.rawValue)-ids=false: leaves --\(side.rawValue)-tower=id nothing; give --\(side.rawValue)-tower=sum or "
          + "concat too"
      )
    }
    guard idDropout >= 0, idDropout < 1 else {
      throw ValidationError("--id-dropout is \(idDropout); give 0 or more, and less than 1")
    }
    guard idDropout == 0 || TowerSide.allCases.contains(where: { tower($0) == .sum && hasIDs($0) }) else {
      throw ValidationError(
        "--id-dropout: is for --candidate-tower=sum or --query-tower=sum with ids, and neither tower is one; leave it out"
      )
    }
    guard !TowerSide.allCases.contains(where: { tower($0) == .concat }) else { return }
    try layers.requireDefaults(
      "for --candidate-tower=concat or --query-tower=concat, and neither tower is one; leave it out")
  }

  /// The sides whose towers read features, or may do so.
  var sidesWithFeatures: [TowerSide] { TowerSide.allCases.filter { tower($0) != .id } }

  /// `true` if the query tower reads the context.
  var readsContext: Bool { queryTower != .id }

  private func tower(_ side: TowerSide) -> TowerName {
    switch side {
    case .query: queryTower
    case .candidate: candidateTower
    }
  }

  private func hasIDs(_ side: TowerSide) -> Bool {
    switch side {
    case .query: queryIds
    case .candidate: candidateIds
    }
  }

  /// A tower over its first parameters.
  ///
  /// - Parameters:
  ///   - ids: the parameters of ids.
  ///   - encoded: the values of the vocabulary by their features, for a side of `sidesWithFeatures`.
  ///   - context: the queries in contexts that are the rows of a query tower, if it reads the context.
  /// - Throws: `TowerError`.
  func tower(
    _ side: TowerSide, ids: Matrix, _ encoded: EncodedVocabulary?, context: QueriesInContext? = nil, seed: UInt64
  ) throws -> any Tower {
    func initial(_ rows: Int, _ length: Int, _ stream: String) -> Matrix {
      .initialEmbeddings(rows, length, seed: seed, stream: "\(side.rawValue) \(stream)")
    }
    let name = tower(side)
    switch (name, encoded) {
    case (.id, _): return EmbeddingTower(side, ids)
    case (.sum, _) where encoded != nil || context != nil && hasIDs(side):
      let base: any Tower =
        encoded.map { encoded in
          SumTower(
            side, ids: hasIDs(side) ? ids : nil, encoded,
            table: initial(encoded.features.width, ids.columns, "features"),
            dropout: idDropout > 0 ? IDDropout(share: idDropout, seed: seed, stream: "\(side.rawValue) ids") : nil)
        } ?? EmbeddingTower(side, ids)
      return context.map { context in
        ContextSumTower(base, context, table: initial(context.features.width, ids.columns, "context"))
      } ?? base
    case (.concat, _) where hasIDs(side) || encoded != nil:
      let length = layers.embeddingDimension ?? ids.columns
      let inputs = ConcatTower.inputWidth(
        hasIDs: hasIDs(side), encoded?.features ?? FeatureSet(), context: context?.features ?? FeatureSet(),
        vectorLength: length)
      return ConcatTower(
        side, ids: hasIDs(side) ? initial(ids.rows, length, "embeddings") : nil, encoded,
        table: encoded.map { initial($0.features.width, length, "features") },
        layers: layers.initial(inputs: inputs, outputs: ids.columns, seed: seed, stream: side.rawValue),
        context: context.map { ($0, table: initial($0.features.width, length, "context")) })
    case (.sum, _), (.concat, _): throw TowerError.noFeatures(side, tower: name.rawValue)
    }
  }
}

/// The reasons why a tower cannot be made.
package enum TowerError: Error, Equatable, CustomStringConvertible {
  case noFeatures(TowerSide, tower: String)

  package var description: String {
    switch self {
    case .noFeatures(let side, let tower):
      "\(side.rawValue)-tower=\(tower): the vocabularies hold no features of the \(side.rawValue); declare some with the "
        + "param \(side.rawValue)-features of vocab, as \(side.rawValue)-features: "
        + "\(side == .query ? "[occupation]" : "[\"genres: list\"]"), or take \(side.rawValue)-tower=id"
    }
  }
}
