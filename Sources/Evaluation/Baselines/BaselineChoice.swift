package import Artifacts

/// A value of the param `baselines`: one of them by its name, or as many as cost little beside ranking the model.
package enum BaselineChoice: RawRepresentable, CaseIterable, Hashable, Sendable {
  case auto
  case named(Baseline)

  package static var allCases: [Self] { [.auto] + Baseline.allCases.map { .named($0) } }

  package init?(rawValue: String) {
    if rawValue == "auto" {
      self = .auto
    } else {
      guard let baseline = Baseline(rawValue: rawValue) else { return nil }
      self = .named(baseline)
    }
  }

  package var rawValue: String {
    switch self {
    case .auto: "auto"
    case .named(let baseline): baseline.rawValue
    }
  }
}

/// The baselines that an evaluation measures, and those that `auto` leaves out, by sizes alone: the same on any machine.
/// `auto` leaves out baselines that read features where candidates have none.
package struct BaselinePlan: Sendable, Equatable {
  /// The greatest ratio of a baseline's processor time to that of ranking the model.
  package static let greatestShare = 2.0
  /// Processor time, in seconds, that a baseline may always take.
  package static let freeSeconds = 5.0
  package static let greatestBytes = 2e9
  /// The size in bytes from which memory use is reported.
  package static let announcedBytes = 1e8

  package let chosen: [Baseline]
  package let leftOut: [Baseline]
  private let sizes: EvaluationSizes

  /// - Parameters:
  ///   - choices: those named are never left out, and come in this order where `auto` is not among them.
  ///   - gate: the baseline of the verdict, which `auto` never omits.
  package init(_ choices: [BaselineChoice], gate: Baseline?, sizes: EvaluationSizes) {
    self.sizes = sizes
    let named = choices.compactMap { choice -> Baseline? in
      if case .named(let baseline) = choice { baseline } else { nil }
    }
    guard choices.contains(.auto) else {
      (chosen, leftOut) = (named, [])
      return
    }
    let greatest = max(Self.freeSeconds, Self.greatestShare * sizes.modelSeconds)
    func isWorthIt(_ baseline: Baseline) -> Bool {
      let cost = BaselineCost(baseline, sizes)
      return cost.seconds <= greatest && cost.bytes <= Self.greatestBytes
    }
    let possible = Baseline.allCases.filter { !$0.readsFeatures || sizes.featureValues > 0 }
    chosen = Baseline.allCases.filter {
      $0 == gate || named.contains($0) || possible.contains($0) && isWorthIt($0)
    }
    leftOut = possible.filter { [chosen] in !chosen.contains($0) }
  }

  /// The reason for each baseline that was left out, for people.
  package var facts: [Summary.Item] { leftOut.map { .fact("\($0.rawValue) left out", reason($0)) } }

  private func reason(_ baseline: Baseline) -> String {
    "\(sizes.candidates) candidates would take \(BaselineCost(baseline, sizes).text); name it in --baselines"
  }

  /// A line for each that was left out or that takes much memory.
  ///
  /// - Parameter available: bytes that the machine has; `nil` if it does not say.
  /// - Throws: `EvaluationError.tooLittleMemory` for a baseline that does not fit.
  package func notes(available: Int?) throws(EvaluationError) -> [String] {
    var notes = leftOut.map { "\($0.rawValue) left out: \(reason($0))" }
    for baseline in chosen {
      let cost = BaselineCost(baseline, sizes)
      if let available, cost.bytes > Double(available) {
        throw .tooLittleMemory(baseline, bytes: cost.bytes, available: available)
      }
      if cost.bytes >= Self.announcedBytes {
        notes.append("\(baseline.rawValue) takes \(cost.text) for \(sizes.candidates) candidates")
      }
    }
    return notes
  }
}
