import Parquet
import Tables

/// The texts of a column as one thread meets them in row groups, each distinct one looked at once: equal texts get equal
/// codes, and those that no row may have are known by theirs.
struct TextCodes: Sendable {
  private var interner = Interner()
  /// The codes of texts that a row may not have.
  private(set) var faults: [UInt32: RowFault] = [:]
  /// `true` if every row needs a text.
  private let needsText: Bool
  private var checked = 0

  /// Integers that become text, and their codes.
  private var numbers = IntegerCodes()
  private var numberCodes: [UInt32] = []
  private var numberType: ColumnType?

  init(_ role: ColumnRole?) { needsText = role == .key }

  var strings: Strings { interner.strings }

  /// The code of what is missing.
  mutating func missing() -> UInt32 {
    defer { check() }
    return interner.intern("")
  }

  /// Appends the codes of values.
  mutating func append(_ values: ColumnValues, _ type: ColumnType, to codes: inout [UInt32]) {
    defer { check() }
    guard type != .text else {
      interner.intern(values.texts.buffer, values.texts.ranges, into: &codes)
      return
    }
    if numberType != type { (numbers, numberCodes, numberType) = (IntegerCodes(), [], type) }
    if type == .real {
      for value in values.reals { codes.append(code(Int64(bitPattern: value.bitPattern), type)) }
    } else {
      for value in values.integers { codes.append(code(value, type)) }
    }
  }

  @inline(__always)
  private mutating func code(_ value: Int64, _ type: ColumnType) -> UInt32 {
    let number = Int(numbers.code(value))
    if number == numberCodes.count { numberCodes.append(interner.intern(Self.spelling(value, type))) }
    return numberCodes[number]
  }

  private static func spelling(_ value: Int64, _ type: ColumnType) -> String {
    type == .real
      ? ValueSpelling.text(Double(bitPattern: UInt64(bitPattern: value))) : ValueSpelling.text(value, type)
  }

  /// Looks for texts that may not be there among those that are new.
  private mutating func check() {
    let strings = interner.strings
    for place in checked..<strings.count {
      let text = strings.utf8(place)
      if text.isEmpty, needsText { faults[UInt32(place)] = .empty }
      if !text.allSatisfy({ $0 < 0x80 }), String(validating: text, as: UTF8.self) == nil {
        faults[UInt32(place)] = .notUTF8
      }
    }
    checked = strings.count
  }
}
