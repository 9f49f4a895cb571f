import ArgumentParser
import Interactions
import Kernels
import StageKit
import Tables
import TwoTower

/// Which interactions are positives, and how much each counts.
struct PairOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Learn only from rows of at least this rating; from all if not given.", valueName: "number"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp("Column that the threshold is about; the weight of the data if not given.", valueName: "column"))
  var thresholdField: String?

  @Option(help: ArgumentHelp("Column that a pair's loss is multiplied with.", valueName: "column"))
  var sampleWeight: String?

  @Option(help: ArgumentHelp("Halve a pair's weight for so many days before the newest one.", valueName: "days"))
  var halfLife: Double?

  func validate() throws {
    if let threshold, threshold.isNaN { throw ValidationError("--threshold is \(threshold); give a number") }
    if threshold == nil, thresholdField != nil { throw ValidationError("--threshold-field goes with --threshold") }
    if let halfLife, !(halfLife > 0 && halfLife.isFinite) {
      throw ValidationError("--half-life is \(halfLife); give a number of days above 0")
    }
  }

  /// Positives with known queries and candidates, and how many rows are left out for which reason.
  func pairs(
    of interactions: Interactions, _ vocabularies: Vocabularies
  ) throws -> (pairs: TrainingPairs, rows: [Int], below: Int, unknown: Int) {
    let queries = vocabularies.query.rows(of: try interactions.text(vocabularies.query.column))
    let candidates = vocabularies.candidate.rows(of: try interactions.text(vocabularies.candidate.column))
    var kept = Array(0..<interactions.count)
    if let threshold {
      guard let field = thresholdField ?? interactions.roles.weight else {
        throw DataError.noRole("weight", wantedFor: "--threshold")
      }
      let values = try interactions.numbers(field)
      kept = kept.filter { values[$0] >= threshold }
    }
    let below = interactions.count - kept.count
    kept = kept.filter { queries[$0] > 0 && candidates[$0] > 0 }
    let weights = try self.weights(of: interactions)
    let pairs = TrainingPairs(
      queries: kept.map { queries[$0] }, candidates: kept.map { candidates[$0] },
      weights: weights.map { weights in kept.map { weights[$0] } })
    return (pairs, kept, below, interactions.count - below - kept.count)
  }

  private func weights(of interactions: Interactions) throws -> [Float]? {
    guard sampleWeight != nil || halfLife != nil else { return nil }
    var weights = [Float](repeating: 1, count: interactions.count)
    if let sampleWeight {
      let values = try interactions.numbers(sampleWeight)
      if let row = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw ValidationError(
          "column \"\(sampleWeight)\" is \(values[row]) in row \(row + 1); weights are 0 or more")
      }
      weights = values.map { Float($0) }
    }
    if let halfLife {
      guard let field = interactions.roles.timestamp else {
        throw DataError.noRole("timestamp", wantedFor: "--half-life")
      }
      let times = try interactions.numbers(field)
      let newest = times.max() ?? 0
      var factors = times.map { Float(-0.6931471805599453 * (newest - $0) / (86_400 * halfLife)) }
      exponentials(of: &factors)
      for row in weights.indices { weights[row] *= factors[row] }
    }
    return weights
  }
}
