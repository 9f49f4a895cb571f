import BasicAlgorithms
import Tables

/// Dropout of ids (Volkovs, Yu & Poutanen, "DropoutNet: Addressing Cold Start in Recommender Systems", NIPS 2017): in each
/// step of a training a share of the rows has the vectors of its features alone, so that these learn to speak for what has
/// no id.
///
/// The rows are a function of the seed, the step and the row, so that they do not depend on threads or on where a
/// training was stopped.
package struct IDDropout: Sendable, Equatable {
  /// The share of the rows that is without an id in a step.
  let share: Double
  private let key: UInt64

  /// - Parameter share: 0 or more, and less than 1.
  package init(share: Double, seed: UInt64, stream: String) {
    precondition(share >= 0 && share < 1, "a share of \(share)")
    self.share = share
    var hash = FNV1a()
    hash.mix(stream.utf8)
    key = SplitMix64.mixed(seed &+ SplitMix64.increment) ^ hash.value
  }

  /// `true` if a row is without its id in a step.
  func drops(_ row: EmbeddingRow, step: Int) -> Bool {
    let ofStep = SplitMix64.mixed(key &+ UInt64(truncatingIfNeeded: step) &* SplitMix64.increment)
    let drawn = SplitMix64.mixed(ofStep &+ UInt64(truncatingIfNeeded: row.index) &* SplitMix64.increment)
    return Double(drawn >> 11) * 0x1p-53 < share
  }
}
