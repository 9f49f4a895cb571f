import BasicAlgorithms
import Tables

/// A sample of identifiers by their hashes: the same identifier is in the samples of all days or of none, so that two
/// of them tell what share of identifiers is new. Of few it has all.
package struct IdentifierSketch: Sendable, Equatable {
  /// The most hashes; a share is off by less than a hundredth then.
  static let most = 16_384

  /// The hashes of the sample, rising.
  package let hashes: [UInt64]
  /// Identifiers with hashes up to it are in the sample.
  package let bound: UInt64

  package init(hashes: [UInt64], bound: UInt64) {
    self.hashes = hashes
    self.bound = bound
  }

  init(_ identifiers: Strings, used counts: [Int]) {
    var hashes: [UInt64] = []
    for place in identifiers.indices where counts[place] > 0 {
      var hash = FNV1a()
      hash.mix(identifiers.utf8(place))
      hashes.append(SplitMix64.mixed(hash.value &+ SplitMix64.increment))
    }
    hashes.sort()
    let kept = Array(hashes.prefix(Self.most))
    self.init(hashes: kept, bound: kept.count < hashes.count ? kept.last ?? .max : .max)
  }

  /// The share of identifiers that earlier ones lack; `nil` if there are none.
  package func newShare(after earlier: IdentifierSketch) -> Double? {
    let known = Set(earlier.hashes)
    let common = hashes.prefix { $0 <= earlier.bound }
    guard !common.isEmpty else { return nil }
    return Double(common.count { !known.contains($0) }) / Double(common.count)
  }
}
