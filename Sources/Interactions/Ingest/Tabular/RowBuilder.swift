package import Tables

/// A value of raw data, as its format has it.
package enum RawValue {
  /// Text that should be UTF-8.
  case text(ArraySlice<UInt8>)
  case integer(Int64)
  case real(Double)
  case missing
}

/// A row of raw data, field by field.
package protocol RawRow {
  var count: Int { get }
  subscript(field: Int) -> RawValue { get }
}

/// Gathers the rows of a table, each checked by the roles of its columns.
package struct RowBuilder {
  package typealias Problem = (field: Int?, fault: RowFault)

  private let names: [String]
  private let roles: [ColumnRole?]
  private var builders: [TypedColumnBuilder]
  private var times: TimeReader
  /// Numbers of the current row, checked before anything of it is kept.
  private var numbers: [(time: Int64, weight: Double)]
  package private(set) var count = 0

  /// - Parameter names: of the columns, as `TableRequest.check` takes them.
  package init(_ names: [String], _ request: TableRequest) {
    self.names = names
    roles = names.map { request.roles[$0] }
    times = TimeReader()
    numbers = names.map { _ in (0, 0) }
    builders = roles.map { role in
      switch role {
      case .key, .text: TypedColumnBuilder(.text)
      case .timestamp: TypedColumnBuilder(.integer)
      case .weight: TypedColumnBuilder(.real)
      case nil: TypedColumnBuilder(.inferred)
      }
    }
  }

  /// The unit of the times; `nil` if they are spelled out, or there are none.
  package var timeUnit: TimeUnit? { times.unit }

  /// The name of a column; `nil` for a field beyond them.
  package func name(_ field: Int) -> String? { names.indices.contains(field) ? names[field] : nil }

  package var columns: [Column] { zip(names, builders).map { $1.column($0) } }

  /// Takes a row, or nothing of it.
  ///
  /// - Returns: the first problem of the row; `nil` if it was taken.
  package mutating func append(_ row: some RawRow) -> Problem? {
    guard row.count == names.count else { return (nil, .fieldCount(found: row.count, expected: names.count)) }
    for field in names.indices {
      do throws(RowFault) { try check(row[field], field) } catch { return (field, error) }
    }
    for field in names.indices {
      switch roles[field] {
      case .timestamp: builders[field].append(numbers[field].time)
      case .weight: builders[field].append(numbers[field].weight)
      case .key, .text, nil: append(row[field], to: field)
      }
    }
    count += 1
    return nil
  }

  private mutating func append(_ value: RawValue, to field: Int) {
    switch value {
    case .text(let bytes): builders[field].append(bytes)
    case .integer(let number): builders[field].append(number)
    case .real(let number): builders[field].append(number)
    case .missing: builders[field].appendMissing()
    }
  }

  private mutating func check(_ value: RawValue, _ field: Int) throws(RowFault) {
    let role = roles[field]
    switch value {
    case .text(let bytes):
      let isASCII = bytes.allSatisfy { $0 < 0x80 }
      guard isASCII || String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
      guard let role, role != .text else { return }
      guard !bytes.isEmpty else { throw .empty }
      switch role {
      case .key, .text: break
      case .timestamp: numbers[field].time = try times.read(String(decoding: bytes, as: UTF8.self))
      case .weight:
        let text = String(decoding: bytes, as: UTF8.self)
        guard let weight = Double(text), weight.isFinite else { throw .notANumber(text) }
        numbers[field].weight = weight
      }
    case .integer(let number):
      if role == .timestamp { numbers[field].time = try times.read(Double(number), spelled: "\(number)") }
      if role == .weight { numbers[field].weight = Double(number) }
    case .real(let number):
      guard number.isFinite else { throw .notANumber("\(number)") }
      if role == .timestamp { numbers[field].time = try times.read(number, spelled: "\(number)") }
      if role == .weight { numbers[field].weight = number }
    case .missing: guard role == nil || role == .text else { throw .empty }
    }
  }
}
