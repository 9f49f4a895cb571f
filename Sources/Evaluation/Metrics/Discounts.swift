import Kernels

/// The discounts 1 / log₂(place + 2) for places from 0 (Järvelin & Kekäläinen, 2002), and their sums.
struct Discounts: Sendable {
  private let values: [Double]
  private let sums: [Double]

  init(count: Int) {
    values = (0..<count).map { naturalLogarithmOf2 / naturalLogarithm(Double($0) + 2) }
    var sums = [0.0]
    for value in values { sums.append(sums[sums.count - 1] + value) }
    self.sums = sums
  }

  subscript(place: Int) -> Double { values[place] }

  /// The sum of the first `count` discounts, or of all if there are fewer.
  func sum(_ count: Int) -> Double { sums[min(count, values.count)] }
}
