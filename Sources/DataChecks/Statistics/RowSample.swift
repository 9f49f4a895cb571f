import BasicAlgorithms

/// A sample of the numbers of a column: all of a short one, else about as many as are wanted. Which rows are in it
/// depends on their places alone.
struct RowSample {
  /// The rows that are wanted: a quantile of so many is off by a fifth of a percent of the rows.
  static let wanted = 65_536

  private let threshold: UInt64
  private var place: UInt64 = 0
  private(set) var numbers: [Double] = []

  /// - Parameter rows: of the column.
  init(of rows: Int) {
    threshold = rows <= Self.wanted ? .max : UInt64(Double(Self.wanted) / Double(rows) * 0x1p64)
  }

  /// `true` if nothing was left out.
  var isWhole: Bool { threshold == .max }

  mutating func take(_ number: Double) {
    if SplitMix64.mixed(place &+ SplitMix64.increment) <= threshold { numbers.append(number) }
    place += 1
  }
}
