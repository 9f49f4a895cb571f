/// A measure of quality with the length of the list that it is taken of, as "recall@20".
package struct MetricAtK: Sendable, Equatable {
  package let measure: Measure
  package let k: Int

  package var name: String { "\(measure.name)@\(k)" }

  package static let measures = Measure.ofQuality.map(\.name).joined(separator: ", ")

  /// Reads a measure of quality, "@" and a positive number; `nil` if `text` is anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let k = Int(parts[1]), k > 0, let measure = Measure(name: parts[0]),
      Measure.ofQuality.contains(measure)
    else { return nil }
    self.measure = measure
    self.k = k
  }
}
