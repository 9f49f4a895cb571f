/// A number with a fixed number of decimals, halves away from zero.
package func decimals(_ value: Double, _ places: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
  let units = (abs(value) * scale).rounded()
  guard units < 9e15 else { return "\(value)" }
  let sign = value < 0 && units > 0 ? "-" : ""
  guard places > 0 else { return "\(sign)\(Int(units))" }
  let fraction = String(Int(units) % Int(scale))
  let zeros = String(repeating: "0", count: places - fraction.count)
  return "\(sign)\(Int(units) / Int(scale)).\(zeros)\(fraction)"
}

/// Formats a share for display, as "4.2 %".
///
/// - Parameter places: the number of decimals; by default fewer the greater the share.
package func percent(_ share: Double, places: Int? = nil) -> String {
  let value = share * 100
  let usual = value >= 10 || value == value.rounded() ? 0 : value >= 1 ? 1 : 2
  return "\(decimals(value, places ?? usual)) %"
}

/// Formats a number for display: integers without decimals, others with about five significant digits.
package func readable(_ value: Double) -> String {
  if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
  switch abs(value) {
  case 1000...: return decimals(value, 1)
  case 10...: return decimals(value, 2)
  case 0.001...: return decimals(value, 4)
  default: return "\(Float(value))"
  }
}
