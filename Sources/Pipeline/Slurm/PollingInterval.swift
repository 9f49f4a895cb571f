/// The seconds between two questions to the controller: few as long as something changes, more and more while nothing
/// does.
struct PollingInterval: Equatable {
  static let variable = "TANDEM_SLURM_POLL"

  let least: Double
  let most: Double
  private(set) var next: Double

  /// The seconds for which is looked for what an ended job left: network file systems show it late.
  var patience: Double { 2 * most }

  /// - Parameter text: the least and the most seconds, such as "2,30", which it is if `nil`.
  init(_ text: String?) throws(SlurmError) {
    let text = text ?? "2,30"
    let numbers = text.split(separator: ",").compactMap { Double($0) }
    guard numbers.count == 2, numbers[0] > 0, numbers[0] <= numbers[1], numbers[1] <= 3600 else {
      throw .noNumber(variable: Self.variable, text: text)
    }
    least = numbers[0]
    most = numbers[1]
    next = least
  }

  mutating func reset() { next = least }
  mutating func grow() { next = min(next * 1.5, most) }
}
