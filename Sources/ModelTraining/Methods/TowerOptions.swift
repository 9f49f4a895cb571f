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
}

/// The kinds of towers that a softmax trains.
struct TowerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Candidate tower: a vector for each id, or the sum of those of the id and of the features of the vocabularies.",
      valueName: "name"))
  var candidateTower = TowerName.id

  @Option(help: ArgumentHelp("sum: ids have vectors too; false for features alone.", valueName: "boolean"))
  var candidateIds = true

  @Option(
    help: ArgumentHelp(
      "Query tower: a vector for each id, or the sum of those of the id and of the features of the vocabularies.",
      valueName: "name"))
  var queryTower = TowerName.id

  @Option(
    help: ArgumentHelp("Query tower sum: ids have vectors too; false for features alone.", valueName: "boolean"))
  var queryIds = true

  func validate() throws {
    for side in TowerSide.allCases where tower(side) == .id && !hasIDs(side) {
      throw ValidationError(
        "--\(side.rawValue)-ids=false: leaves --\(side.rawValue)-tower=id nothing; give --\(side.rawValue)-tower=sum too"
      )
    }
  }

  /// The sides whose towers read features.
  var sidesWithFeatures: [TowerSide] { TowerSide.allCases.filter { tower($0) == .sum } }

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
  /// - Throws: `TowerError`.
  func tower(_ side: TowerSide, ids: Matrix, _ encoded: EncodedVocabulary?, seed: UInt64) throws -> any Tower {
    switch tower(side) {
    case .id: return EmbeddingTower(side, ids)
    case .sum:
      guard let encoded else { throw TowerError.noFeatures(side) }
      return SumTower(
        side, ids: hasIDs(side) ? ids : nil, encoded,
        table: .initialEmbeddings(
          encoded.features.width, ids.columns, seed: seed, stream: "\(side.rawValue) features"))
    }
  }
}

/// The reasons why a tower cannot be made.
package enum TowerError: Error, Equatable, CustomStringConvertible {
  case noFeatures(TowerSide)

  package var description: String {
    switch self {
    case .noFeatures(let side):
      "\(side.rawValue)-tower=sum: the vocabularies hold no features of the \(side.rawValue); declare some with the param "
        + "\(side.rawValue)-features of vocab, as \(side.rawValue)-features: "
        + "\(side == .query ? "[occupation]" : "[\"genres: list\"]"), or take \(side.rawValue)-tower=id"
    }
  }
}
