package import Tables

/// A value of raw data, as its format has it.
package enum RawValue: Sendable {
  /// Text that should be UTF-8.
  case text(ArraySlice<UInt8>)
  case integer(Int64)
  case real(Double)
  /// Several texts that should be UTF-8.
  case list([ArraySlice<UInt8>])
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

  private let roleByName: [String: ColumnRole]
  let keep: [KeepCondition]
  let style: NumberStyle
  let missing: [[UInt8]]
  package private(set) var names: [String] = []
  var roles: [ColumnRole?] = []
  var builders: [TypedColumnBuilder] = []
  var times: TimeReader
  /// Numbers of the current row, checked before anything of it is kept.
  var numbers: [(time: Int64, weight: Double)] = []
  /// The field of each condition; `nil` as long as no column has its name.
  private var conditionFields: [Int?]
  private var conditionTimes: [TimeReader]
  /// The rows that each condition of the request left out.
  private var leftOut: [Int]
  package internal(set) var count = 0

  /// - Parameter names: of the columns, as `TableRequest.check` takes them.
  package init(_ names: [String], _ request: TableRequest) {
    roleByName = request.roles
    keep = request.keep
    style = request.rules.numbers
    missing = request.rules.missing.map { Array($0.utf8) }
    times = TimeReader(request.rules.timeFormat)
    conditionFields = request.keep.map { _ in nil }
    conditionTimes = request.keep.map { _ in TimeReader(request.rules.timeFormat) }
    leftOut = request.keep.map { _ in 0 }
    for name in names { addColumn(name) }
  }

  /// Adds a column, which is missing in all rows so far.
  ///
  /// - Precondition: there are no rows, or the column has no role that every row needs.
  package mutating func addColumn(_ name: String) {
    let role = roleByName[name]
    let kind: TypedColumnBuilder.Kind =
      switch role {
      case .key, .text: .text
      case .timestamp: .integer
      case .weight: .real
      case nil: .inferred
      }
    var builder = TypedColumnBuilder(kind, style: style)
    for _ in 0..<count { builder.appendMissing() }
    for (place, condition) in keep.enumerated() where condition.column == name {
      conditionFields[place] = names.count
    }
    names.append(name)
    roles.append(role)
    builders.append(builder)
    numbers.append((0, 0))
  }

  /// The unit of the times; `nil` if they are spelled out, or there are none.
  package var timeUnit: TimeUnit? { times.unit }

  /// The unit of the times, and those of the times that conditions compare.
  var timeUnits: [TimeUnit?] { [times.unit] + conditionTimes.map(\.unit) }

  /// The name of a column; `nil` for a field beyond them.
  package func name(_ field: Int) -> String? { names.indices.contains(field) ? names[field] : nil }

  package var columns: [Column] { zip(names, builders).map { $1.column($0) } }

  /// The rows that the request's conditions left out.
  package var ruleCounts: [RuleCount] {
    zip(keep, leftOut).map { RuleCount(rule: "keep \($0.text)", rows: $1) }
  }

  /// Leaves out the rows, which were put elsewhere; what is known of their values stays.
  mutating func removeRows() {
    for column in builders.indices { builders[column].cut(to: 0) }
    count = 0
  }

  /// Takes a row, or nothing of it. A row that a condition leaves out is counted, and not checked further.
  ///
  /// - Returns: the first problem of the row; `nil` if it was taken or left out.
  package mutating func append(_ row: some RawRow) -> Problem? { append(row: row) }

  private mutating func append(row: some RawRow) -> Problem? {
    guard row.count == names.count else { return (nil, .fieldCount(found: row.count, expected: names.count)) }
    for condition in conditionFields.indices {
      do throws(RowFault) {
        guard try holds(condition, row) else {
          leftOut[condition] += 1
          return nil
        }
      } catch { return (conditionFields[condition], error) }
    }
    for field in names.indices {
      do throws(RowFault) { try check(value(row, field), field) } catch { return (field, error) }
    }
    for field in names.indices {
      switch roles[field] {
      case .timestamp: builders[field].append(numbers[field].time)
      case .weight: builders[field].append(numbers[field].weight)
      case .key, .text, nil: append(value(row, field), to: field)
      }
    }
    count += 1
    return nil
  }

  /// Takes a record of text as any other row, without a copy of its fields.
  mutating func append(_ record: DelimitedRecord) -> Problem? {
    guard record.count == names.count, keep.isEmpty, missing.isEmpty else { return append(row: record) }
    let bytes = record.bytes.span
    for field in names.indices {
      do throws(RowFault) { try check(bytes.extracting(record.range(field)), field) } catch { return (field, error) }
    }
    for field in names.indices {
      switch roles[field] {
      case .timestamp: builders[field].append(numbers[field].time)
      case .weight: builders[field].append(numbers[field].weight)
      case .key, .text, nil: builders[field].append(bytes.extracting(record.range(field)))
      }
    }
    count += 1
    return nil
  }

  /// A value, missing if it is a word for that.
  private func value(_ row: some RawRow, _ field: Int) -> RawValue {
    let value = row[field]
    guard !missing.isEmpty, case .text(let bytes) = value else { return value }
    return missing.contains { $0.elementsEqual(bytes) } ? .missing : value
  }

  private mutating func holds(_ condition: Int, _ row: some RawRow) throws(RowFault) -> Bool {
    let field = conditionFields[condition]
    let value = field.map { self.value(row, $0) } ?? RawValue.missing
    let isKey = field.map { roles[$0] == .key } ?? false
    return try keep[condition].holds(
      value, isKey: isKey, style: style, times: &conditionTimes[condition])
  }

  mutating func append(_ value: RawValue, to field: Int) {
    switch value {
    case .text(let bytes): builders[field].append(bytes)
    case .integer(let number): builders[field].append(number)
    case .real(let number): builders[field].append(number)
    case .list(let items): builders[field].append(list: items)
    case .missing: builders[field].appendMissing()
    }
  }

  private mutating func check(_ bytes: Span<UInt8>, _ field: Int) throws(RowFault) {
    guard bytes.isText else { throw .notUTF8 }
    let role = roles[field]
    guard let role, role != .text else { return }
    guard !bytes.isEmpty else { throw .empty }
    switch role {
    case .key, .text: break
    case .timestamp: numbers[field].time = try times.read(bytes)
    case .weight: numbers[field].weight = try weight(bytes)
    }
  }

  @inline(__always)
  func weight(_ bytes: Span<UInt8>) throws(RowFault) -> Double {
    if style == .plain, let weight = PlainNumber.real(bytes) { return weight }
    let text = String(decoding: bytes)
    guard let weight = style.plainSpelling(text).flatMap(Double.init), weight.isFinite else { throw .notANumber(text) }
    return weight
  }

  mutating func check(_ value: RawValue, _ field: Int) throws(RowFault) {
    let role = roles[field]
    switch value {
    case .text(let bytes): try check(bytes.span, field)
    case .integer(let number):
      if role == .timestamp { numbers[field].time = try times.read(Double(number), spelled: "\(number)") }
      if role == .weight { numbers[field].weight = Double(number) }
    case .real(let number):
      guard number.isFinite else { throw .notANumber("\(number)") }
      if role == .timestamp { numbers[field].time = try times.read(number, spelled: "\(number)") }
      if role == .weight { numbers[field].weight = number }
    case .list(let items):
      guard role == nil else { throw .list }
      guard items.allSatisfy({ $0.span.isText }) else { throw .notUTF8 }
    case .missing: guard role == nil || role == .text else { throw .empty }
    }
  }
}
