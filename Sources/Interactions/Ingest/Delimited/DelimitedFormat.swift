import Artifacts
import SystemFiles
import Tables

/// Delimited text: CSV, TSV and their kin, packed or not, one record a row.
package struct DelimitedFormat: TableFormat {
  /// The text between fields. If `nil`, it is a tab for ".tsv" and ".tab" and a comma for others, or another one if the
  /// first record then has the columns that are wanted, and has not otherwise. Of the catalog it is only tried first.
  package var separator: String?
  /// The character around fields; `nil` if quotes stand for themselves.
  package var quote: UInt8? = UInt8(ascii: "\"")
  /// `true` if a backslash takes its meaning from the character behind it.
  package var hasBackslashEscapes = false
  package var hasHeader = true
  /// Names of the interactions' columns; those of the header, or "column1" and so on, if there are none.
  package var columns: [String] = []
  package var encoding = TextEncoding.utf8
  /// The number of threads that read rows.
  package var threads = 1

  package init() {}

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    let table = try read(parts, request, threads: max(threads, 1)) ?? read(parts, request, threads: 1)
    guard let table = table?.finish() else {
      throw DataError.noRows(parts.first.map(request.name) ?? request.source)
    }
    return table
  }

  /// - Returns: `nil` if the order of all rows decides on the unit of the times, and several threads read them.
  private func read(_ parts: [String], _ request: TableRequest, threads: Int) throws -> DelimitedTable? {
    let size = try parts.reduce(0) { try $0 + FileDescriptor.openRegular($1).size }
    let table = DelimitedTable(request, size: size, threads: threads)
    for path in parts {
      let file = try file(path, request)
      let given = request.part == .interactions ? columns : []
      try file.read(into: table, hasHeader: hasHeader, request.partitions(of: path)) {
        record throws(DataError) in try columnNames(record, given, of: file.name)
      }
      if table.hasSeveralUnits, threads > 1 { return nil }
    }
    table.readRest()
    return table.hasSeveralUnits && threads > 1 ? nil : table
  }

  private func columnNames(
    _ record: DelimitedRecord, _ given: [String], of file: String
  ) throws(DataError) -> [String] {
    func bad(_ fault: RowFault) -> DataError {
      .badRow(Reject(file: file, place: .line(record.line), fault: fault))
    }
    if let problem = record.problem { throw bad(problem.fault) }
    var names = given
    if names.isEmpty {
      for field in 0..<record.count {
        let name = hasHeader ? String(validating: record.bytes(field), as: UTF8.self) : "column\(field + 1)"
        guard let name, !name.isEmpty else { throw bad(.namelessColumn(field + 1)) }
        names.append(name)
      }
    }
    guard names.count == record.count else { throw bad(.columnNames(fields: record.count, names: names.count)) }
    return names
  }

  private func file(_ path: String, _ request: TableRequest) throws -> DelimitedFile {
    let name = request.name(of: path)
    let start = try DecodedFile(path: path).start()
    let isUTF16 = TextEncoding.of(start, given: encoding) == .utf16
    if !isUTF16, let form = ForeignForm(start) {
      throw DataError.badSource(name, .foreign(form, remedy: "export it as CSV in UTF-8"))
    }
    var dialect = DelimitedDialect(separator: separator.map { Array($0.utf8) } ?? Self.separator(forFile: path))
    dialect.quote = quote
    dialect.hasBackslashEscapes = hasBackslashEscapes
    let named = request.part == .interactions ? columns : []
    let given = request.partitions(of: path).map(\.name)
    let wanted = request.wanted.subtracting(given)
    let layout: DelimitedLayout
    do throws(SourceFault) {
      layout = try DelimitedLayout(
        start, dialect, isGiven: separator != nil && request.part == .interactions, encoding: encoding
      ) { fields in
        guard named.isEmpty else { return fields.count == named.count }
        return wanted.isSubset(of: hasHeader ? fields : fields.indices.map { "column\($0 + 1)" })
      }
    } catch { throw DataError.badSource(name, error) }
    return DelimitedFile(path: path, name: name, dialect: layout.dialect, encoding: layout.encoding)
  }

  /// A tab for ".tsv" and ".tab", a comma for all others.
  static func separator(forFile name: String) -> [UInt8] {
    var name = name.lowercased()
    for packed in [".gz", ".zst"] where name.hasSuffix(packed) { name = String(name.dropLast(packed.count)) }
    return [UInt8(ascii: name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? "\t" : ",")]
  }
}
