import Foundation
import SystemFiles
import Testing

@testable import Parquet

/// The files that `make` wrote, and what pyarrow reads in them.
enum Fixtures {
  static let folder = Bundle.module.bundlePath + "/Fixtures"

  /// The rows of each column of each file.
  static let expected: [String: [String: [Cell]]] = {
    guard let data = FileManager.default.contents(atPath: "\(folder)/expected.json"),
      let all = try? JSONDecoder().decode(Expected.self, from: data)
    else { return [:] }
    return all.files.mapValues { $0.mapValues { all.columns[$0] } }
  }()

  private struct Expected: Decodable {
    /// Places in `columns`.
    let files: [String: [String: Int]]
    let columns: [[Cell]]
  }

  static let names = expected.keys.sorted()

  static func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// A value of a row: none, one, or a list.
enum Cell: Decodable, Equatable {
  case missing
  case value(String)
  case list([String])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .missing
    } else if let value = try? container.decode(String.self) {
      self = .value(value)
    } else {
      self = .list(try container.decode([String].self))
    }
  }

  /// Equal, reals by their values.
  func isSame(as other: Cell, _ type: ColumnType) -> Bool {
    guard type == .real, case .value(let left) = self, case .value(let right) = other else { return self == other }
    return Double(left) == Double(right)
  }
}

extension ParquetFile {
  var columns: [ParquetColumn] {
    fields.compactMap { if case .column(let column) = $0.content { column } else { nil } }
  }

  /// All rows of a column, spelled as the file has them.
  func cells(_ column: ParquetColumn) throws -> [Cell] {
    var cells: [Cell] = []
    for group in rowGroups.indices {
      var chunk = try chunk(column, rowGroup: group)
      while try chunk.next() { append(chunk, to: &cells) }
    }
    return cells
  }

  private func append(_ chunk: ColumnChunkReader, to cells: inout [Cell]) {
    let page = chunk.page
    let values = page.isIndexed ? chunk.dictionary : page.values
    var next = 0
    for entry in 0..<page.count {
      var value: String?
      if page.present.isEmpty || page.present[entry] == 1 {
        value = spell(values, page.isIndexed ? Int(page.indices[next]) : next, chunk.column.type)
        next += 1
      }
      guard chunk.column.isList else {
        cells.append(value.map { .value($0) } ?? .missing)
        continue
      }
      if page.beginsRow[entry] == 1 { cells.append(.list([])) }
      if let value, case .list(let items)? = cells.last { cells[cells.count - 1] = .list(items + [value]) }
    }
  }

  private func spell(_ values: ColumnValues, _ place: Int, _ type: ColumnType) -> String {
    switch type {
    case .text: String(decoding: values.texts[place], as: UTF8.self)
    case .real: "\(values.reals[place])"
    case .unsigned: "\(UInt64(bitPattern: values.integers[place]))"
    case .integer, .boolean, .timestamp, .date, .decimal: "\(values.integers[place])"
    }
  }
}
