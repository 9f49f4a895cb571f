import DisplayText

/// The progress of a search, by the floating-point operations that its trials need.
final class SearchClock {
  private let start = ContinuousClock.now
  private let minutes: Double?
  /// Operations of each round.
  private var costs: [Double]
  private var done = 0.0
  /// Operations that were done before this process began.
  private var earlier = 0.0
  /// `true` if the limit ended the search.
  var isStopped = false

  init(minutes: Double?, _ costs: [Double]) {
    self.minutes = minutes
    self.costs = costs
  }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  var isOver: Bool { minutes.map { seconds >= 60 * $0 } ?? false }

  /// - Parameter cost: of the trials that really take part.
  func begin(_ round: Int, cost: Double) { costs[round] = cost }

  /// - Parameter wasEarlier: `true` if they say nothing about how long the rest takes.
  func finished(_ operations: Double, wasEarlier: Bool = false) {
    done += operations
    if wasEarlier { earlier += operations }
  }

  private var all: Double { max(costs.reduce(0, +), 1) }

  /// The share that is done, with so many operations of a running trial.
  func share(with running: Double = 0) -> Double { min((done + running) / all, 1) }

  /// The share that is done, and about how long the rest takes if that can be told.
  var left: String {
    let text = "\(decimals(100 * share(), 0)) % done"
    guard done > earlier else { return text }
    let rest = seconds / (done - earlier) * max(all - done, 0)
    return "\(text), about \(rest < 90 ? "\(Int(rest.rounded())) s" : "\(Int((rest / 60).rounded())) min") left"
  }
}
