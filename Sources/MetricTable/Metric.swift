/// One measured number and all that must be said with it: a row of the table of an artifact of type `metrics`.
package struct Metric: Sendable, Equatable {
  package var model: String
  /// "seen-included" or "seen-excluded": whether seen items compete.
  package var seenProtocol: String
  package var slice: String
  package var name: String
  package var k: Int?
  package var ties: String
  package var value: Double
  /// The interval of the value by a bootstrap over queries; `nil` if there was none.
  package var interval: Interval?

  package init(
    model: String, seenProtocol: String, slice: String = "all", name: String, k: Int?, ties: String, value: Double,
    interval: Interval? = nil
  ) {
    self.model = model
    self.seenProtocol = seenProtocol
    self.slice = slice
    self.name = name
    self.k = k
    self.ties = ties
    self.value = value
    self.interval = interval
  }

  /// The metric's name with its list length, such as "recall@20".
  package var label: String { name + (k.map { "@\($0)" } ?? "") }

  /// `true` for errors and losses, of which less is better.
  package var isBetterLess: Bool { ["rmse", "mae", "loss_per_batch", "loss_per_pair"].contains(name) }
}
