/// Gathers the values of one column as a reader of raw data meets them, and then gives the column.
///
/// Text is interned as it comes, so that memory holds each distinct value once and 4 bytes a row.
package struct TypedColumnBuilder: Sendable {
  /// The type of the column that is built.
  package enum Kind: Sendable {
    /// Text; numbers are spelled in decimal.
    case text
    /// Integers if every value is spelled as integers are, reals if every value is a number, else text. Values such as
    /// "007" stay text; empty values of numbers are missing. The distinct values decide, in whatever order they come.
    /// Lists of text if one value is a list; then every other value is a list of one, and an empty one of none.
    case inferred
    case integer
    case real
  }

  let kind: Kind
  let style: NumberStyle
  private var interner = Interner()
  private(set) var codes: [UInt32] = []
  private(set) var integers: [Int64] = []
  private(set) var reals: [Double] = []
  /// A flag for each number, 0 where it is missing; empty as long as none is.
  private(set) var present: [UInt8] = []
  /// The start of each row's items among the codes, if the column has lists.
  private var starts: [UInt64]?

  /// - Parameter style: of numbers in inferred columns.
  package init(_ kind: Kind, style: NumberStyle = .plain) {
    self.kind = kind
    self.style = style
  }

  /// Appends text in UTF-8.
  ///
  /// - Precondition: the column is of text, or inferred.
  package mutating func append(_ bytes: ArraySlice<UInt8>) { append(bytes.span) }

  package mutating func append(_ bytes: Span<UInt8>) {
    precondition(kind == .text || kind == .inferred, "text in a column of kind \(kind)")
    if starts == nil || !bytes.isEmpty { codes.append(interner.intern(bytes)) }
    endItems()
  }

  /// Appends a list of texts in UTF-8.
  ///
  /// - Precondition: the column is inferred.
  package mutating func append(list: [ArraySlice<UInt8>]) {
    precondition(kind == .inferred, "a list in a column of kind \(kind)")
    if starts == nil { beginLists() }
    for item in list { codes.append(interner.intern(item)) }
    endItems()
  }

  /// Makes a list of one of every value so far, and of none where it is empty.
  private mutating func beginLists() {
    let values = interner.strings
    var starts: [UInt64] = [0]
    var items: [UInt32] = []
    for code in codes {
      if !values.range(Int(code)).isEmpty { items.append(code) }
      starts.append(UInt64(items.count))
    }
    codes = items
    self.starts = starts
  }

  private mutating func endItems() { starts?.append(UInt64(codes.count)) }

  package mutating func append(_ value: Int64) {
    switch kind {
    case .text, .inferred:
      codes.append(interner.intern(String(value)))
      endItems()
    case .integer:
      integers.append(value)
      if !present.isEmpty { present.append(1) }
    case .real: append(Double(value))
    }
  }

  /// - Precondition: the column is not of integers, and the value is finite.
  package mutating func append(_ value: Double) {
    precondition(value.isFinite, "\(value) in a column")
    switch kind {
    case .text, .inferred:
      codes.append(interner.intern("\(value)"))
      endItems()
    case .integer: preconditionFailure("\(value) in a column of integers")
    case .real:
      reals.append(value)
      if !present.isEmpty { present.append(1) }
    }
  }

  /// Appends a missing number, or empty text.
  package mutating func appendMissing() {
    switch kind {
    case .text, .inferred:
      if starts == nil { codes.append(interner.intern("")) }
      endItems()
    case .integer:
      markMissing(behind: integers.count)
      integers.append(0)
    case .real:
      markMissing(behind: reals.count)
      reals.append(0)
    }
  }

  private mutating func markMissing(behind count: Int) {
    if present.isEmpty { present = [UInt8](repeating: 1, count: count) }
    present.append(0)
  }

  /// Appends one field of all rows of a batch, as `append` of their bytes.
  package mutating func append(_ batch: FieldBatch, field: Int) {
    guard starts == nil else {
      for row in 0..<batch.rows { append(batch.bytes.span.extracting(batch.range(row, field))) }
      return
    }
    interner.intern(batch, field: field, into: &codes)
  }

  /// - Precondition: the column is of integers.
  package mutating func append(contentsOf values: [Int64]) {
    integers += values
    if !present.isEmpty { present.append(contentsOf: repeatElement(1, count: values.count)) }
  }

  /// - Precondition: the column is of reals, and the values are finite.
  package mutating func append(contentsOf values: [Double]) {
    reals += values
    if !present.isEmpty { present.append(contentsOf: repeatElement(1, count: values.count)) }
  }

  /// The distinct texts so far, by the numbers that their rows have.
  package var strings: Strings { interner.strings }

  /// Leaves out the values from a row on, in a column without lists; texts keep their numbers.
  package mutating func cut(to rows: Int) {
    codes.removeLast(max(codes.count - rows, 0))
    integers.removeLast(max(integers.count - rows, 0))
    reals.removeLast(max(reals.count - rows, 0))
    present.removeLast(max(present.count - rows, 0))
  }

  /// The column of the values appended so far.
  package func column(_ name: String) -> Column {
    switch kind {
    case .integer: Column(name, .integers(integers, present: present.isEmpty ? nil : present))
    case .real: Column(name, .reals(reals, present: present.isEmpty ? nil : present))
    case .text: Column(name, .text(text))
    case .inferred:
      if let starts {
        Column(name, .textLists(starts: starts, text))
      } else {
        Column(name, inferring: codes, interner.strings, style)
      }
    }
  }

  /// The values that were appended so far, as text.
  ///
  /// - Precondition: the column is of text, or inferred.
  package var text: TextColumn {
    precondition(kind == .text || kind == .inferred, "text of a column of kind \(kind)")
    return TextColumn(codes: codes, unsorted: interner.strings)
  }
}

extension Column {
  /// A column of the kind that its distinct strings have.
  init(_ name: String, inferring codes: consuming [UInt32], _ strings: Strings, _ style: NumberStyle) {
    if strings.indices.contains(where: { !strings.range($0).isEmpty }) {
      if let integers = strings.all({ style.plainSpelling($0).flatMap(NumberSpelling.integer) }) {
        self.init(name, integers: codes.map { integers[Int($0)] })
        return
      }
      if let reals = strings.all({ style.plainSpelling($0).flatMap(NumberSpelling.real) }) {
        self.init(name, reals: codes.map { reals[Int($0)] })
        return
      }
    }
    self.init(name, .text(TextColumn(codes: codes, unsorted: strings)))
  }
}

extension Strings {
  /// Each value read, `nil` for empty ones; `nil` if one cannot be read.
  fileprivate func all<Value>(_ read: (String) -> Value?) -> [Value?]? {
    var all: [Value?] = []
    for place in indices {
      if range(place).isEmpty {
        all.append(nil)
      } else {
        guard let value = read(self[place]) else { return nil }
        all.append(value)
      }
    }
    return all
  }
}

/// Text that is a number and nothing else: identifiers such as "007" or "1e" are not taken for one.
enum NumberSpelling {
  /// An integer in its shortest form, so that nothing is lost by reading it.
  static func integer(_ text: String) -> Int64? {
    guard let value = Int64(text), String(value) == text else { return nil }
    return value
  }

  /// A decimal number, with neither leading zeros nor words such as "nan".
  static func real(_ text: String) -> Double? {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard let first = digits.first, 48...57 ~= first, let value = Double(text), value.isFinite,
      text.utf8.allSatisfy({ 48...57 ~= $0 || "+-.eE".utf8.contains($0) })
    else { return nil }
    let hasLeadingZero = first == 48 && digits.dropFirst().first.map { 48...57 ~= $0 } == true
    return hasLeadingZero ? nil : value
  }
}
