import Tables

/// Profiles the columns of a table, one after another, over all rows and over those of the last day.
struct ColumnPass {
  private let table: TableFile
  private let name: String
  private let lastDay: RowSet?
  private let earlier: DataStatistics?
  private(set) var profiles: [ColumnProfile] = []

  /// - Parameters:
  ///   - name: of the table, as profiles have it.
  ///   - lastDay: the rows of the last day; `nil` if there are none to tell apart.
  init(_ table: TableFile, named name: String, lastDay: RowSet?, earlier: DataStatistics?) {
    self.table = table
    self.name = name
    self.lastDay = lastDay
    self.earlier = earlier
  }

  /// Adds the profiles of a column.
  ///
  /// - Returns: the values of a text column with their counts.
  mutating func profile(_ column: ColumnDescription) throws -> TextProfiler? {
    let before = earlier?.column(column.name, of: name)
    let following = before?.kind == column.kind ? before : nil
    var all = ColumnProfile(table: name, column: column.name, kind: column.kind, rows: table.rows)
    var last = ColumnProfile(table: name, column: column.name, kind: column.kind, rows: lastDay?.count ?? 0)
    last.scope = .lastDay
    var text: TextProfiler?
    switch column.kind {
    case .integer, .real:
      let (allRows, lastRows) = try numbers(column.name)
      allRows.finish(&all, following: following)
      lastRows.finish(&last, following: nil)
    case .text:
      let (allRows, lastRows) = try self.text(column.name)
      allRows.finish(&all, following: following)
      lastRows.finish(&last, following: nil)
      text = allRows
    case .textList:
      let allRows = try lists(column.name, &all)
      allRows.finish(&all, following: following)
    }
    profiles.append(all)
    if lastDay != nil, column.kind != .textList { profiles.append(last) }
    return text
  }

  private func numbers(_ column: String) throws -> (NumberProfiler, NumberProfiler) {
    var all = NumberProfiler(rows: table.rows)
    var last = NumberProfiler(rows: lastDay?.count ?? 0)
    try table.forEachPart(ofNumbers: column) { part, flags, first in
      if flags.isEmpty {
        for number in part { all.take(number) }
      } else {
        for place in part.indices { if flags[place] == 0 { all.takeMissing() } else { all.take(part[place]) } }
      }
      guard let lastDay else { return }
      for place in part.indices where lastDay.contains(first + place) {
        if !flags.isEmpty, flags[place] == 0 { last.takeMissing() } else { last.take(part[place]) }
      }
    }
    return (all, last)
  }

  private func text(_ column: String) throws -> (TextProfiler, TextProfiler) {
    var stream = try table.text(column)
    var all = TextProfiler(stream.dictionary)
    var last = TextProfiler(stream.dictionary)
    try table.forEachPart(of: &stream) { part, first in
      for code in part { all.counts[Int(code)] += 1 }
      guard let lastDay else { return }
      for place in part.indices where lastDay.contains(first + place) { last.counts[Int(part[place])] += 1 }
    }
    return (all, last)
  }

  private func lists(_ column: String, _ profile: inout ColumnProfile) throws -> TextProfiler {
    var stream = try table.textLists(column)
    var all = TextProfiler(stream.items.dictionary)
    var (lengths, part): ([Int], [UInt32]) = ([], [])
    var left = table.rows
    while left > 0 {
      try stream.next(min(left, TableFile.partRows), into: &lengths)
      left -= lengths.count
      profile.missing += lengths.count { $0 == 0 }
    }
    left = stream.itemCount
    while left > 0 {
      try stream.items.next(min(left, TableFile.partRows), into: &part)
      left -= part.count
      for code in part { all.counts[Int(code)] += 1 }
    }
    return all
  }
}
