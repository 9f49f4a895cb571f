import Foundation

/// Floats as TensorFlow Serving writes them: six digits where they read back as the same float, else nine; as C's
/// `%.6g` and `%.9g`, but for ".0" behind what looks like a whole number.
enum FloatDecimals {
  static func append(_ value: Float, to bytes: inout [UInt8]) {
    guard value.isFinite else {
      return bytes.append(contentsOf: (value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity").utf8)
    }
    // What most scores are is written without C's printing, which costs more than a search of a small catalog.
    guard value.magnitude > 1e-4, value.magnitude < 100_000 else {
      return bytes.append(contentsOf: printed(value).utf8)
    }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let short = digits(value.magnitude, 6)
    // Both are floats exactly, so that their quotient is the float nearest to the decimal.
    let isSame = Float(short.number) / Float(powers[short.places]) == value.magnitude
    append(isSame ? short : digits(value.magnitude, 9), to: &bytes)
  }

  private static func printed(_ value: Float) -> String {
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

  /// number / 10^places
  private typealias Decimal = (number: UInt64, places: Int)

  /// - Parameters:
  ///   - magnitude: from 10⁻⁴ to 10⁵.
  ///   - count: of significant digits, rounded to even.
  private static func digits(_ magnitude: Float, _ count: Int) -> Decimal {
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
    return (number, count - 1 - exponent)
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

  /// Zeros at the end are left out, but for one behind the point.
  private static func append(_ decimal: Decimal, to bytes: inout [UInt8]) {
    var (number, places) = decimal
    while places > 1, number % 10 == 0 {
      number /= 10
      places -= 1
    }
    var (whole, fraction) = number.quotientAndRemainder(dividingBy: powers[places])
    // At most five digits before the point and thirteen behind it, written from the last.
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: places))
    for place in (start..<start + places).reversed() {
      bytes[place] += UInt8(fraction % 10)
      fraction /= 10
    }
    bytes.insert(UInt8(ascii: "."), at: start)
    repeat {
      bytes.insert(UInt8(ascii: "0") + UInt8(whole % 10), at: start)
      whole /= 10
    } while whole > 0
  }
}
