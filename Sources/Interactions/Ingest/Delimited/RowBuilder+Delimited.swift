import Tables

extension RowBuilder {
  /// Takes a record, or nothing of it.
  ///
  /// - Returns: its first problem, as for other rows.
  mutating func append(_ record: DelimitedRecord, _ layout: FileLayout) -> Problem? {
    if let problem = record.problem { return problem }
    guard record.count == layout.width else {
      return (nil, .fieldCount(found: record.count, expected: layout.width))
    }
    if layout.isAligned { return append(record) }
    return append(ArrangedRow(row: record, places: layout.places, constants: layout.constants))
  }

  /// Takes rows of UTF-8 column by column, or none of them.
  ///
  /// - Returns: `false` if one of them has a problem, or is not taken without a look at the whole row.
  mutating func append(_ batch: FieldBatch, _ layout: FileLayout) -> Bool {
    guard keep.isEmpty, missing.isEmpty else { return false }
    let times = times
    do throws(RowFault) {
      for (column, field) in layout.places.enumerated() { try append(batch, field, to: column) }
      for (place, value) in layout.constants.enumerated() where batch.rows > 0 {
        try append(value, rows: batch.rows, to: layout.places.count + place)
      }
    } catch {
      for column in builders.indices { builders[column].cut(to: count) }
      self.times = times
      return false
    }
    count += batch.rows
    return true
  }

  private mutating func append(_ batch: FieldBatch, _ field: Int, to column: Int) throws(RowFault) {
    let rows = 0..<batch.rows
    switch roles[column] {
    case nil, .text: builders[column].append(batch, field: field)
    case .key:
      for row in rows where batch.range(row, field).isEmpty { throw .empty }
      builders[column].append(batch, field: field)
    case .timestamp:
      var seconds: [Int64] = []
      seconds.reserveCapacity(rows.count)
      var perSecond = times.perSecond
      for row in rows {
        let bytes = batch.bytes.span.extracting(batch.range(row, field))
        if let time = times.plainSeconds(bytes, perSecond: perSecond) {
          seconds.append(time)
          continue
        }
        guard !bytes.isEmpty else { throw .empty }
        seconds.append(try times.read(bytes))
        perSecond = times.perSecond
      }
      builders[column].append(contentsOf: seconds)
    case .weight:
      var weights: [Double] = []
      weights.reserveCapacity(rows.count)
      for row in rows {
        let bytes = batch.bytes.span.extracting(batch.range(row, field))
        guard !bytes.isEmpty else { throw .empty }
        weights.append(try weight(bytes))
      }
      builders[column].append(contentsOf: weights)
    }
  }

  /// Appends a value to a column once for each row.
  private mutating func append(_ value: RawValue, rows: Int, to column: Int) throws(RowFault) {
    try check(value, column)
    for _ in 0..<rows {
      switch roles[column] {
      case .timestamp: builders[column].append(numbers[column].time)
      case .weight: builders[column].append(numbers[column].weight)
      case .key, .text, nil: append(value, to: column)
      }
    }
  }
}
