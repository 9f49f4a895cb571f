import Foundation

/// Floats as TensorFlow Serving writes them: six digits where they read back as the same float, else nine; as C's `%.6g` and
/// `%.9g`, but for ".0" behind what looks like a whole number.
enum FloatDecimals {
  static func text(_ value: Float) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity" }
    // What most scores are is written without C's printing, which costs more than a search of a small catalog.
    if value.magnitude > 1e-4, value.magnitude < 100_000 {
      let short = digits(value, 6)
      return Float(short) == value ? short : digits(value, 9)
    }
    var text = printed(value, "%.6g")
    if Float(text) != value { text = printed(value, "%.9g") }
    return text.contains(where: { $0 == "." || $0 == "e" }) ? text : text + ".0"
  }

  private static func printed(_ value: Float, _ format: String) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      _ = withVaList([Double(value)]) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
      return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }

  private static let powers: [UInt64] = (0...13).map { power in (0..<power).reduce(1) { product, _ in product * 10 } }

  /// - Parameters:
  ///   - value: of a magnitude from 10⁻⁴ to 10⁵.
  ///   - count: of significant digits, rounded to even; zeros behind the point are left out.
  private static func digits(_ value: Float, _ count: Int) -> String {
    let magnitude = value.magnitude
    // magnitude = mantissa · 2^−shift, exactly.
    let mantissa = UInt64(magnitude.significandBitPattern | 1 << 23)
    let shift = UInt64(23 - Int(magnitude.exponent))
    var exponent = magnitude >= 1 ? 0 : -4
    while exponent < 4, isAtLeast(magnitude, powerOfTen: exponent + 1) { exponent += 1 }
    // At most 2²⁴ · 10¹² < 2⁶⁴.
    let scaled = mantissa * powers[count - 1 - exponent]
    var number = scaled >> shift
    let (rest, half) = (scaled & (1 << shift - 1), UInt64(1) << (shift - 1))
    if rest > half || rest == half && number & 1 == 1 { number += 1 }
    if number == powers[count] {
      number /= 10
      exponent += 1
    }
    var places = count - 1 - exponent
    while places > 1, number % 10 == 0 {
      number /= 10
      places -= 1
    }
    let (whole, fraction) = (number / powers[places], number % powers[places])
    let text = "\(fraction)"
    return (value < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: places - text.utf8.count) + text
  }

  private static func isAtLeast(_ magnitude: Float, powerOfTen power: Int) -> Bool {
    switch power {
    case ...(-4): true
    case -3: Double(magnitude) >= 0.001
    case -2: Double(magnitude) >= 0.01
    case -1: Double(magnitude) >= 0.1
    case 0...: Double(magnitude) >= Double(powers[power])
    default: false
    }
  }
}
