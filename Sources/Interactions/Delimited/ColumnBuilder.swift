import Tables

/// Gathers one column of text, then finds its kind: integer where every value is spelt as integers are, real where
/// every value is a number, else text. Values such as "007" stay text. Empty cells of numbers are missing.
struct ColumnBuilder {
  private var interner = Interner()
  private var codes: [UInt32] = []

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    codes.append(bytes.withUnsafeBufferPointer { interner.intern($0) })
  }

  var text: TextColumn { TextColumn(codes: codes, unsorted: interner.strings) }

  /// The distinct values decide, so the order of rows plays no part.
  func column(_ name: String, keepsText: Bool) -> Column {
    guard !keepsText, !codes.isEmpty else { return Column(name, .text(text)) }
    let values = interner.strings.array
    guard values.contains(where: { !$0.isEmpty }) else { return Column(name, .text(text)) }
    if let integers = Self.all(values, Self.integer) {
      return Column(name, integers: codes.map { integers[Int($0)] })
    }
    if let reals = Self.all(values, Self.real) {
      return Column(name, reals: codes.map { reals[Int($0)] })
    }
    return Column(name, .text(text))
  }

  /// Each value read, nil for empty ones; nil if one cannot be read.
  private static func all<Value>(_ values: [String], _ read: (String) -> Value?) -> [Value?]? {
    var all: [Value?] = []
    for value in values {
      guard !value.isEmpty else {
        all.append(nil)
        continue
      }
      guard let read = read(value) else { return nil }
      all.append(read)
    }
    return all
  }

  /// Spelt as integers are written, so that nothing is lost by reading it.
  static func integer(_ text: String) -> Int64? {
    guard let value = Int64(text), String(value) == text else { return nil }
    return value
  }

  /// Decimal, with neither leading zeros nor words such as "nan", so that codes are not taken for numbers.
  static func real(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
    guard let first = digits.first, 48...57 ~= first, let value = Double(text), value.isFinite,
      bytes.allSatisfy({ 48...57 ~= $0 || "+-.eE".utf8.contains($0) })
    else { return nil }
    let hasLeadingZero = first == 48 && digits.dropFirst().first.map { 48...57 ~= $0 } == true
    return hasLeadingZero ? nil : value
  }
}
