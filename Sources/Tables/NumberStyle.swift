/// The spelling of decimal numbers in text: what stands before the fraction and between groups of three digits.
package struct NumberStyle: Sendable, Equatable {
  package static let plain = NumberStyle()

  package var decimal: Unicode.Scalar
  /// `nil` if digits are not grouped.
  package var thousands: Unicode.Scalar?

  package init(decimal: Unicode.Scalar = ".", thousands: Unicode.Scalar? = nil) {
    self.decimal = decimal
    self.thousands = thousands
  }

  /// A number of this style as programs spell it, such as "1234.5" for "1.234,5"; `nil` if it is no number of the
  /// style. Text of the plain style is returned as it is.
  package func plainSpelling(_ text: String) -> String? {
    guard self != .plain else { return text }
    var plain = ""
    var rest = text.unicodeScalars[...]
    if let sign = rest.first, sign == "-" || sign == "+" {
      plain.unicodeScalars.append(sign)
      rest.removeFirst()
    }
    var digits = 0
    // Digits since the last separator of thousands; nil if there is none.
    var group: Int?
    while let next = rest.first, next != decimal, next != "e", next != "E" {
      rest.removeFirst()
      if "0"..."9" ~= next {
        plain.unicodeScalars.append(next)
        digits += 1
        group = group.map { $0 + 1 }
      } else {
        guard next == thousands, group == 3 || group == nil && 1...3 ~= digits else { return nil }
        group = 0
      }
    }
    guard digits > 0, group == nil || group == 3 else { return nil }
    if rest.first == decimal {
      plain += "."
      plain.unicodeScalars.append(contentsOf: rest.dropFirst())
    } else {
      plain.unicodeScalars.append(contentsOf: rest)
    }
    return plain
  }
}
