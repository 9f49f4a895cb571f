import ArgumentParser
import StageKit
package import TwoTower

/// Options by which an item-to-item model answers a whole history.
package struct HistoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Item to item: newest candidates of a history that together are its query; folded in as a set if not given.",
      valueName: "number"))
  var historyLast: Int?

  @Option(
    help: ArgumentHelp(
      "Item to item: weight of a candidate of the history, relative to the one chosen after it.", valueName: "number"))
  var historyDecay = 0.7

  package init() {}

  package func validate() throws {
    if let historyLast, !(1...10_000 ~= historyLast) {
      throw ValidationError("--history-last is \(historyLast); give 1 to 10000")
    }
    guard historyDecay > 0, historyDecay <= 1 else {
      throw ValidationError("--history-decay is \(historyDecay); give a number above 0, 1 at most")
    }
  }

  /// The model with the rule that is asked for.
  ///
  /// - Throws: `TwoTowerError.notItemToItem`.
  package func applied(to model: Model) throws -> Model {
    guard let historyLast else { return model }
    return try model.reading(HistoryBag(decay: Float(historyDecay), last: historyLast))
  }
}
