import Artifacts
import Tables

/// Lists of adjacency, as graph recommenders have them: a query a line, then its candidates, separated by spaces or
/// tabs. A query without candidates has no rows.
package struct AdjacencyListFormat: TableFormat {
  static let longestLine = 64 << 20

  package let query: String
  package let candidate: String

  /// - Parameters:
  ///   - query: the name of the column of queries.
  ///   - candidate: the name of the column of candidates.
  package init(query: String, candidate: String) {
    self.query = query
    self.candidate = candidate
  }

  private struct Row: RawRow {
    let values: [ArraySlice<UInt8>]
    let constants: [RawValue]
    var count: Int { values.count + constants.count }
    subscript(field: Int) -> RawValue { field < values.count ? .text(values[field]) : constants[field - values.count] }
  }

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    if request.part != .interactions {
      // Files of candidates are tables.
      return try DelimitedFormat().read(parts: parts, request)
    }
    var names = [query, candidate]
    for path in parts {
      for key in request.partitions(of: path) where !names.contains(key.name) { names.append(key.name) }
    }
    let source = parts.first.map(request.name) ?? request.source
    try request.check(names, of: source)
    var rows = RowBuilder(names, request)
    var rejects: [Reject] = []
    var lines = 0
    for path in parts {
      let name = request.name(of: path)
      if let form = ForeignForm(try DecodedFile(path: path).start()) {
        throw DataError.badSource(name, .foreign(form, remedy: "write a query a line, and its candidates behind it"))
      }
      let partitions = request.partitions(of: path)
      let constants = names.dropFirst(2).map { name -> RawValue in
        partitions.first { $0.name == name }?.value.map { .text(Array($0.utf8)[...]) } ?? .missing
      }
      lines += try EncodedFile(path: path, name: name, encoding: .utf8)
        .forEachLine(limit: Self.longestLine) { line, text in
          let words = text.split { $0 == 0x20 || $0 == 0x09 }
          for word in words.dropFirst() {
            if let problem = rows.append(Row(values: [words[0], word], constants: constants)) {
              let field = problem.field.flatMap { rows.name($0) }
              rejects.append(Reject(file: name, place: .line(line), field: field, fault: problem.fault))
              break
            }
          }
        }
    }
    return RawTable(
      columns: rows.columns, rows: rows.count, rejects: rejects, lines: lines, timeUnit: rows.timeUnit,
      ruleCounts: rows.ruleCounts)
  }
}
