import ArgumentParser
package import Interactions
import StageKit
package import TwoTower

/// Training of the next candidate after a history, which is the query: two bags over it.
package struct NextItemMethod: TrainingMethod {
  package static let objective = MethodName.nextItem
  package static let dimension = 64
  package static let epochs = 5
  package static let hasBatches = false

  @Option(
    help: ArgumentHelp(
      "next-item: weight of a candidate in the first bag over the history, relative to the one chosen after it.",
      valueName: "number"))
  var bagDecay = 0.8

  @Option(help: ArgumentHelp("next-item: newest candidates that the first bag reads.", valueName: "number"))
  var bagLast = 30

  @Option(
    help: ArgumentHelp(
      "next-item: newest candidates that the second bag reads, all with one weight; 0 for no second bag.",
      valueName: "number"))
  var meanLast = 100

  @Option(
    help: ArgumentHelp(
      "next-item: share of the choices that is left out of histories, drawn anew in each epoch.", valueName: "share"))
  var historyDropout = NextItemTraining.Settings().historyDropout

  @Option(help: ArgumentHelp("next-item: positions in a batch.", valueName: "positions"))
  var positionBatchSize = NextItemTraining.Settings().batchSize

  @Option(
    help: ArgumentHelp("next-item: divisor of scores before the softmax, of vectors of length 1.", valueName: "number"))
  var nextItemTemperature = 0.2

  @Option(help: ArgumentHelp("next-item: learning rate of Adam.", valueName: "number"))
  var nextItemLearningRate = NextItemTraining.Settings().learningRate

  package init() {}

  package var timesNeededFor: String? { "--objective=next-item" }

  package func validate() throws {
    guard bagDecay > 0, bagDecay <= 1 else {
      throw ValidationError("--bag-decay is \(bagDecay); give a number above 0, 1 at most")
    }
    guard 1...10_000 ~= bagLast else { throw ValidationError("--bag-last is \(bagLast); give 1 to 10000") }
    guard 0...10_000 ~= meanLast else { throw ValidationError("--mean-last is \(meanLast); give 0 to 10000") }
    guard historyDropout >= 0, historyDropout < 1 else {
      throw ValidationError("--history-dropout is \(historyDropout); give 0 or more, and less than 1")
    }
    guard positionBatchSize > 0 else {
      throw ValidationError("--position-batch-size is \(positionBatchSize); give at least 1")
    }
    guard 0.001...1000 ~= nextItemTemperature else {
      throw ValidationError("--next-item-temperature is \(nextItemTemperature); give 0.001 to 1000")
    }
    guard nextItemLearningRate > 0 else {
      throw ValidationError("--next-item-learning-rate is \(nextItemLearningRate); give a number above 0")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    guard !vocabularies.isItemToItem else {
      throw ValidationError(
        "--objective=next-item reads the history of whoever chose, and the queries here are candidates "
          + "(\(vocabularies.query.column)); make vocabularies without \"query\", of interactions without \"previous\"")
    }
    guard let times = common.times else { throw DataError.noTimes }
    guard !pairs.isWeighted else {
      throw ValidationError("--sample-weight: positions of --objective=next-item all weigh the same; leave it out")
    }
    var settings = NextItemTraining.Settings()
    settings.bags = [HistoryBag(decay: Float(bagDecay), last: bagLast)]
    if meanLast > 0 { settings.bags.append(HistoryBag(decay: nil, last: meanLast)) }
    settings.temperature = Float(nextItemTemperature)
    settings.learningRate = nextItemLearningRate
    settings.batchSize = positionBatchSize
    settings.historyDropout = historyDropout
    settings.length = common.length
    settings.seed = common.seed
    settings.threads = common.threads
    return try NextItemTraining(
      vocabularies, pairs: pairs, times: times, dimension: common.dimension, settings: settings)
  }
}
