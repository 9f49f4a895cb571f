import ArgumentParser
import Features
import Interactions
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

  func validate() throws {
    if candidateTower == .id, !candidateIds {
      throw ValidationError(
        "--candidate-ids=false: leaves --candidate-tower=id nothing; give --candidate-tower=sum too")
    }
  }

  var usesFeatures: Bool { candidateTower == .sum }

  /// The candidate tower over its first parameters.
  ///
  /// - Parameters:
  ///   - ids: the parameters of ids.
  ///   - encoded: candidates by their features.
  /// - Throws: `TowerError`.
  func candidateTower(ids: Matrix, _ encoded: EncodedVocabulary?, seed: UInt64) throws -> any Tower {
    switch candidateTower {
    case .id: return EmbeddingTower(.candidate, ids)
    case .sum:
      guard let encoded else { throw TowerError.noFeatures(param: "candidate-features") }
      return SumTower(
        .candidate, ids: candidateIds ? ids : nil, encoded,
        table: .initialEmbeddings(encoded.features.width, ids.columns, seed: seed, stream: "candidate features"))
    }
  }
}

/// The reasons why a tower cannot be made.
package enum TowerError: Error, Equatable, CustomStringConvertible {
  /// - Parameter param: of `vocab`, which declares such features.
  case noFeatures(param: String)

  package var description: String {
    switch self {
    case .noFeatures(let param):
      "candidate-tower=sum: the vocabularies hold no features; declare some with the param \(param) of vocab, as "
        + "\(param): [\"genres: list\"], or take candidate-tower=id"
    }
  }
}
