/// A mean, and half of its 95 % interval by the normal distribution; both 0 of nothing.
struct MeanInterval {
  let value: Double
  let margin: Double

  init(_ values: [Double]) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    value = mean
    margin = 1.96 * (variance / count).squareRoot()
  }
}
