import ArgumentParser
package import Interactions
import StageKit
package import TwoTower

/// Training of a graph filter by subspace iteration over all pairs.
package struct GraphFilterMethod: TrainingMethod {
  package static let objective = MethodName.graphFilter
  package static let dimension = 256
  package static let epochs = GraphFilter.Settings().length.epochs
  package static let hasBatches = false
  package static let cutsHistories = true

  @Option(
    help: ArgumentHelp(
      "graph-filter: power of the singular values in a score; more is smoother.", valueName: "number"))
  var filterPower = GraphFilter.Settings().power

  package init() {}

  package func validate() throws {
    guard 0...8 ~= filterPower else {
      throw ValidationError("--filter-power is \(filterPower); give 0 to 8")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = GraphFilter.Settings()
    settings.length = common.length
    settings.power = filterPower
    settings.segmentLength = common.segmentLength
    settings.seed = common.seed
    settings.threads = common.threads
    let model = Model(
      initialising: vocabularies, dimension: common.dimension, seed: common.seed, from: .normal)
    return try GraphFilter(model, pairs: pairs, times: common.times, settings: settings)
  }
}
