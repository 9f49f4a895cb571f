import Tables

/// The rows of delimited files that are parts of one table.
///
/// A class, since each of millions of records changes it.
final class DelimitedTable {
  private(set) var rows: RowBuilder?
  private(set) var rejects: [Reject] = []
  private let format: DelimitedFormat
  private let request: TableRequest
  /// The first file, and the one that is read.
  private var first = ""
  private var file = ""
  private var partitions: [(name: String, value: String?)] = []
  private var isFirstRecord = true
  /// The number of fields of the file.
  private var width = 0
  /// The fields of the file for the table's first columns, and the values of the others.
  private var places: [Int] = []
  private var constants: [RawValue] = []
  /// `true` if the file has the table's columns in their order.
  private var isAligned = false

  init(_ format: DelimitedFormat, _ request: TableRequest) {
    self.format = format
    self.request = request
  }

  /// Begins a file.
  ///
  /// - Parameter partitions: values that its folders give to all of its rows.
  func begin(_ file: String, _ partitions: [(name: String, value: String?)]) {
    self.file = file
    self.partitions = partitions
    isFirstRecord = true
  }

  func take(_ record: DelimitedRecord) throws {
    if isFirstRecord {
      isFirstRecord = false
      try takeNames(record)
      if format.hasHeader { return }
    }
    guard let problem = record.problem ?? append(record) else { return }
    let name = problem.field.flatMap { rows?.name($0) }
    rejects.append(
      Reject(file: file, place: .line(record.line), field: name, fault: problem.fault, lines: record.lines))
  }

  private func append(_ record: DelimitedRecord) -> RowBuilder.Problem? {
    guard record.count == width else { return (nil, .fieldCount(found: record.count, expected: width)) }
    if isAligned { return rows?.append(record) }
    return rows?.append(ArrangedRow(row: record, places: places, constants: constants))
  }

  /// Finds the columns by a file's first record.
  private func takeNames(_ record: DelimitedRecord) throws(DataError) {
    let own = try columnNames(record, request.part == .interactions ? format.columns : [])
    width = own.count
    let added = partitions.filter { !own.contains($0.name) }
    let names = own + added.map(\.name)
    if rows == nil {
      try request.check(names, of: file)
      rows = RowBuilder(names, request)
      first = file
    }
    let wanted = rows?.names ?? []
    // Columns that folders give are last; the others may come in another order.
    places = wanted.prefix(own.count).compactMap { own.firstIndex(of: $0) }
    guard names.count == wanted.count, Set(wanted) == Set(names), places.count == own.count else {
      throw .badSource(file, .otherColumns(names, first: first, columns: wanted))
    }
    constants = wanted.dropFirst(own.count).map { name in
      added.first { $0.name == name }?.value.map { .text(Array($0.utf8)[...]) } ?? .missing
    }
    isAligned = constants.isEmpty && places.elementsEqual(0..<own.count)
  }

  private func columnNames(_ record: DelimitedRecord, _ given: [String]) throws(DataError) -> [String] {
    func bad(_ fault: RowFault) -> DataError {
      .badRow(Reject(file: file, place: .line(record.line), fault: fault))
    }
    if let problem = record.problem { throw bad(problem.fault) }
    var names = given
    if names.isEmpty {
      for field in 0..<record.count {
        let name = format.hasHeader ? String(validating: record.bytes(field), as: UTF8.self) : "column\(field + 1)"
        guard let name, !name.isEmpty else { throw bad(.namelessColumn(field + 1)) }
        names.append(name)
      }
    }
    guard names.count == record.count else { throw bad(.columnNames(fields: record.count, names: names.count)) }
    return names
  }
}
