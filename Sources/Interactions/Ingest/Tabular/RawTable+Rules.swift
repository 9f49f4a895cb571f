import Tables

extension RawTable {
  /// The table without the rows that do not meet the request's conditions, for formats that do not apply them.
  ///
  /// - Throws: `DataError` if a column cannot be compared.
  func keeping(_ request: TableRequest, _ file: String) throws -> RawTable {
    guard ruleCounts == nil, !request.keep.isEmpty else { return self }
    try request.check(columns.map(\.name), of: file)
    var kept = Array(0..<rows)
    var counts: [RuleCount] = []
    for condition in request.keep {
      guard let column = columns.first(where: { $0.name == condition.column }) else { continue }
      let isKey = request.roles[condition.column] == .key
      var times = TimeReader()
      let before = kept.count
      kept = try kept.filter { row in
        do {
          return try condition.holds(column.value(row), isKey: isKey, style: .plain, times: &times)
        } catch {
          throw DataError.badSource(file, .notComparable(column: condition.column, condition: condition.text))
        }
      }
      counts.append(RuleCount(rule: "keep \(condition.text)", rows: before - kept.count))
    }
    var table = self
    table.ruleCounts = counts
    if kept.count < rows {
      table.columns = columns.map { $0.selecting(kept) }
      table.rows = kept.count
    }
    return table
  }

  /// The table with lists in place of the text of some columns, each cut at a separator. Columns that it does not have
  /// are passed over. Values are trimmed of spaces, and empty ones left out.
  func cuttingLists(_ names: [String], at separator: String) -> RawTable {
    var table = self
    table.columns = columns.map { names.contains($0.name) ? $0.cutting(at: separator) : $0 }
    return table
  }
}

extension Column {
  /// The value of a row as a reader of raw data has it.
  func value(_ row: Int) -> RawValue {
    switch values {
    case .integers(let values, let present): present?[row] == 0 ? .missing : .integer(values[row])
    case .reals(let values, let present): present?[row] == 0 ? .missing : .real(values[row])
    case .text(let column): .text(column.dictionary.utf8(Int(column.codes[row])))
    case .textLists(let starts, let items):
      .list((starts[row]..<starts[row + 1]).map { items.dictionary.utf8(Int(items.codes[Int($0)])) })
    }
  }

  /// Each distinct text is cut once.
  fileprivate func cutting(at separator: String) -> Column {
    let text: TextColumn
    switch values {
    case .textLists: return self
    case .text(let column): text = column
    case .integers, .reals: text = TextColumn((0..<count).map { self.text($0) })
    }
    var interner = Interner()
    let pieces = text.dictionary.array.map { value in
      value.split(separator: separator, omittingEmptySubsequences: true).compactMap { piece -> UInt32? in
        let item = piece.drop { $0 == " " }
        let trimmed = item.lastIndex { $0 != " " }.map { item[...$0] } ?? ""
        return trimmed.isEmpty ? nil : interner.intern(String(trimmed))
      }
    }
    var starts: [UInt64] = [0]
    var codes: [UInt32] = []
    for code in text.codes {
      codes += pieces[Int(code)]
      starts.append(UInt64(codes.count))
    }
    return Column(name, .textLists(starts: starts, TextColumn(codes: codes, unsorted: interner.strings)))
  }
}
