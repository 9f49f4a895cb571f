import DisplayText

/// The progress of a search, by the floating-point operations that its trials need.
struct SearchClock {
  private let start = ContinuousClock.now
  private let minutes: Double?
  /// Operations of each round.
  private var costs: [Double]
  private var done = 0.0
  /// `true` if the limit ended the search.
  var isStopped = false

  init(minutes: Double?, _ costs: [Double]) {
    self.minutes = minutes
    self.costs = costs
  }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  var isOver: Bool { minutes.map { seconds >= 60 * $0 } ?? false }

  /// - Parameter cost: of the trials that really take part.
  mutating func begin(_ round: Int, cost: Double) { costs[round] = cost }

  mutating func finished(_ operations: Double) { done += operations }

  /// The share that is done, with so many operations of a running trial.
  func share(with running: Double = 0) -> Double { min((done + running) / max(costs.reduce(0, +), 1), 1) }

  /// The share that is done, and about how long the rest takes.
  var left: String {
    let share = share()
    guard share > 0 else { return "" }
    let rest = seconds / share - seconds
    return
      "\(decimals(100 * share, 0)) % done, about \(rest < 90 ? "\(Int(rest.rounded())) s" : "\(Int((rest / 60).rounded())) min") left"
  }
}
