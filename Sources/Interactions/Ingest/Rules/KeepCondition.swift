import Tables

/// A condition that rows have to meet to be kept, such as `rating >= 4` or `event in view|purchase`.
package struct KeepCondition: Sendable, Equatable {
  /// The comparison of a field with the value of the condition.
  package enum Comparison: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case notEqual = "!="
    case above = ">"
    case below = "<"
    case among = "in"
  }

  /// The reason why a text is no condition.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case noComparison(String)
    case notOrdered(String, operand: String)

    package var description: String {
      switch self {
      case .noComparison(let text):
        "\"\(text)\" is not a condition; write COLUMN COMPARISON VALUE with spaces between, such as \"rating >= 4\", "
          + "\"event == purchase\" or \"event in view|purchase\""
      case .notOrdered(let text, let operand):
        "\"\(text)\" compares with \"\(operand)\", which is neither a number nor a date; write a number, 2026-03-01, "
          + "or == for text"
      }
    }
  }

  /// The condition as it was written.
  package let text: String
  package let column: String
  let comparison: Comparison
  /// The values after `in`, or the only one.
  let operands: [String]
  private let numbers: [Double?]
  private let time: Int64?

  package init(_ text: String) throws(Fault) {
    self.text = text
    // The comparison is the first word that is one; names of columns may have spaces.
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard let place = words.indices.dropFirst().first(where: { Comparison(rawValue: String(words[$0])) != nil }),
      let comparison = Comparison(rawValue: String(words[place]))
    else { throw .noComparison(text) }
    column = words[..<place].joined(separator: " ")
    self.comparison = comparison
    let operand = words[(place + 1)...].joined(separator: " ")
    guard !column.isEmpty, place + 1 < words.count else { throw .noComparison(text) }
    // Nothing and "" are the empty value.
    func unquoted(_ value: Substring) -> String {
      value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
        ? String(value.dropFirst().dropLast()) : String(value)
    }
    operands =
      comparison == .among
      ? operand.split(separator: "|", omittingEmptySubsequences: false).map(unquoted) : [unquoted(operand[...])]
    numbers = operands.map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    time = numbers[0] == nil ? CivilTime.seconds(operands[0]) : nil
    switch comparison {
    case .atLeast, .atMost, .above, .below:
      guard numbers[0] != nil || time != nil else { throw .notOrdered(text, operand: operands[0]) }
    case .equal, .notEqual, .among: break
    }
  }

  /// `true` if a row with this value is kept. A missing value is kept only by `!=`, and by `== ""`.
  ///
  /// - Parameters:
  ///   - isKey: `true` if the column holds identifiers, which are compared as they are spelled.
  ///   - times: reads the column's times, for a condition with a date.
  /// - Throws: `RowFault` if the value cannot be compared.
  func holds(
    _ value: RawValue, isKey: Bool, style: NumberStyle, times: inout TimeReader
  ) throws(RowFault) -> Bool {
    switch comparison {
    case .equal, .among: return try isAmong(value, isKey: isKey, style: style)
    case .notEqual: return try !isAmong(value, isKey: isKey, style: style)
    case .atLeast, .atMost, .above, .below: break
    }
    guard let found = try number(value, style, &times), let wanted = time.map(Double.init) ?? numbers[0] else {
      return false
    }
    return switch comparison {
    case .atLeast: found >= wanted
    case .atMost: found <= wanted
    case .above: found > wanted
    default: found < wanted
    }
  }

  private func isAmong(_ value: RawValue, isKey: Bool, style: NumberStyle) throws(RowFault) -> Bool {
    switch value {
    case .missing: return operands.contains("")
    case .integer(let number): return isAmong("\(number)", Double(number), isKey)
    case .real(let number): return isAmong("\(number)", number, isKey)
    case .text(let bytes):
      if operands.contains(where: { $0.utf8.elementsEqual(bytes) }) { return true }
      guard !isKey, numbers.contains(where: { $0 != nil }) else { return false }
      let text = String(decoding: bytes, as: UTF8.self)
      return isAmong(text, style.plainSpelling(text).flatMap(Double.init), isKey)
    case .list(let items): return items.contains { item in operands.contains { $0.utf8.elementsEqual(item) } }
    }
  }

  private func isAmong(_ text: String, _ number: Double?, _ isKey: Bool) -> Bool {
    operands.contains(text) || !isKey && number != nil && numbers.contains(number)
  }

  /// The value as a number, or as seconds if the condition has a date; `nil` if it is missing.
  private func number(_ value: RawValue, _ style: NumberStyle, _ times: inout TimeReader) throws(RowFault) -> Double? {
    switch value {
    case .missing: return nil
    case .list: throw .list
    case .integer(let number):
      return time == nil ? Double(number) : Double(try times.read(Double(number), spelled: "\(number)"))
    case .real(let number):
      return time == nil ? number : Double(try times.read(number, spelled: "\(number)"))
    case .text(let bytes):
      guard !bytes.isEmpty else { return nil }
      let text = String(decoding: bytes, as: UTF8.self)
      if time != nil { return Double(try times.read(text)) }
      guard let number = style.plainSpelling(text).flatMap(Double.init), number.isFinite else {
        throw .notANumber(text)
      }
      return number
    }
  }
}
