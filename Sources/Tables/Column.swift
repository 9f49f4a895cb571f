/// Text values as numbers into a dictionary of the distinct ones, sorted by bytes, none of them unused.
package struct TextColumn: Sendable, Equatable {
  package let codes: [UInt32]
  package let dictionary: Strings

  /// Sorts the dictionary and drops what no code names, so that equal values give equal columns.
  package init(codes: [UInt32], unsorted: Strings) {
    self.init(codes: codes, strings: unsorted, order: unsorted.sortedOrder())
  }

  /// - Parameter order: of the strings, by their bytes.
  private init(codes: [UInt32], strings: Strings, order: some Sequence<Int>) {
    var isUsed = [Bool](repeating: false, count: strings.count)
    for code in codes { isUsed[Int(code)] = true }
    let used = order.filter { isUsed[$0] }
    var renumbered = [UInt32](repeating: 0, count: strings.count)
    for (new, old) in used.enumerated() { renumbered[old] = UInt32(new) }
    self.codes = codes.map { renumbered[Int($0)] }
    dictionary = strings.selecting(used)
  }

  package init(_ values: [String]) {
    var interner = Interner()
    let codes = values.map { interner.intern($0) }
    self.init(codes: codes, unsorted: interner.strings)
  }

  /// - Precondition: the dictionary is sorted and every code below its count.
  init(codes: [UInt32], dictionary: Strings) {
    self.codes = codes
    self.dictionary = dictionary
  }

  package subscript(row: Int) -> String { dictionary[Int(codes[row])] }

  /// Every value put in place of another, each distinct one only once.
  package func renaming<Failure>(_ name: (String) throws(Failure) -> String) throws(Failure) -> TextColumn {
    var interner = Interner()
    var renamed: [UInt32] = []
    for value in dictionary.array { renamed.append(interner.intern(try name(value))) }
    return TextColumn(codes: codes.map { renamed[Int($0)] }, unsorted: interner.strings)
  }

  package func selecting(_ rows: [Int]) -> TextColumn {
    TextColumn(codes: rows.map { codes[$0] }, strings: dictionary, order: 0..<dictionary.count)
  }
}

/// A named column; numbers may be missing where `present` is 0. Columns that read the same are the same: what stands
/// for a missing number is 0, and `present` is nil where none is missing.
package struct Column: Sendable, Equatable {
  package enum Values: Sendable, Equatable {
    case integers([Int64], present: [UInt8]?)
    case reals([Double], present: [UInt8]?)
    case text(TextColumn)
    /// Row r has the items `starts[r]..<starts[r + 1]`.
    case textLists(starts: [UInt64], TextColumn)
  }

  package let name: String
  package let values: Values

  package init(_ name: String, _ values: Values) {
    self.name = name
    self.values =
      switch values {
      case .integers(let values, let present?): Self.canonical(values, present) { .integers($0, present: $1) }
      case .reals(let values, let present?): Self.canonical(values, present) { .reals($0, present: $1) }
      default: values
      }
  }

  private static func canonical<Number: Numeric>(
    _ values: [Number], _ present: [UInt8], _ make: ([Number], [UInt8]?) -> Values
  ) -> Values {
    precondition(present.count == values.count, "\(present.count) presence flags for \(values.count) values")
    guard present.contains(0) else { return make(values, nil) }
    return make(zip(values, present).map { $1 == 0 ? 0 : $0 }, present.map { $0 == 0 ? 0 : 1 })
  }

  package init(_ name: String, text: [String]) { self.init(name, .text(TextColumn(text))) }

  package init(_ name: String, integers: [Int64?]) {
    self.init(name, .integers(integers.map { $0 ?? 0 }, present: Self.presence(integers.map { $0 != nil })))
  }

  package init(_ name: String, reals: [Double?]) {
    self.init(name, .reals(reals.map { $0 ?? 0 }, present: Self.presence(reals.map { $0 != nil })))
  }

  package init(_ name: String, textLists: [[String]]) {
    var starts: [UInt64] = [0]
    for list in textLists { starts.append((starts.last ?? 0) + UInt64(list.count)) }
    self.init(name, .textLists(starts: starts, TextColumn(Array(textLists.joined()))))
  }

  private static func presence(_ flags: [Bool]) -> [UInt8]? { flags.allSatisfy { $0 } ? nil : flags.map { $0 ? 1 : 0 } }

  package var count: Int {
    switch values {
    case .integers(let values, _): values.count
    case .reals(let values, _): values.count
    case .text(let column): column.codes.count
    case .textLists(let starts, _): starts.count - 1
    }
  }

  package var kind: String {
    switch values {
    case .integers: "integer"
    case .reals: "real"
    case .text: "text"
    case .textLists: "text-list"
    }
  }

  /// The value of a row as people read it; empty where it is missing.
  package func text(_ row: Int) -> String {
    switch values {
    case .integers(let values, let present): present?[row] == 0 ? "" : String(values[row])
    case .reals(let values, let present): present?[row] == 0 ? "" : Self.number(values[row])
    case .text(let column): column[row]
    case .textLists(let starts, let items):
      (starts[row]..<starts[row + 1]).map { items[Int($0)] }.joined(separator: "|")
    }
  }

  private static func number(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  package func selecting(_ rows: [Int]) -> Column {
    switch values {
    case .integers(let values, let present):
      Column(name, integers: rows.map { present?[$0] == 0 ? nil : values[$0] })
    case .reals(let values, let present):
      Column(name, reals: rows.map { present?[$0] == 0 ? nil : values[$0] })
    case .text(let column): Column(name, .text(column.selecting(rows)))
    case .textLists(let starts, let items):
      Column(name, textLists: rows.map { row in (starts[row]..<starts[row + 1]).map { items[Int($0)] } })
    }
  }
}
