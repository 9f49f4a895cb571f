package import Artifacts
import SystemFiles

/// A table in an artifact whose columns are read a part at a time, where the whole would not fit into memory.
package struct TableFile {
  package let name: String
  package let rows: Int
  package let columns: [ColumnDescription]
  private let file: ArtifactFile

  /// Rows that are given at a time: the numbers of one frame.
  package static let partRows = ZstdFrame.rawSize / 8

  package init(_ name: String, from file: ArtifactFile) throws {
    let description = try Table.description(of: name, in: file)
    self.name = name
    self.file = file
    rows = description.rows
    columns = description.columns
  }

  package func kind(_ column: String) -> ColumnKind? { columns.first { $0.name == column }?.kind }

  /// A column as a whole; `nil` if it is not there.
  package func column(_ name: String) throws -> Column? {
    guard let number = columns.firstIndex(where: { $0.name == name }) else { return nil }
    return Column(
      name, try Table.values(number, of: self.name, kind: columns[number].kind, rows: rows, in: file))
  }

  /// - Precondition: the column is there and is text.
  package func text(_ column: String) throws -> TextStream {
    try TextStream(section: section(column), rows: rows, file: file)
  }

  /// - Precondition: the column is there and is of integers or reals.
  package func numbers(_ column: String) throws -> NumberStream {
    try NumberStream(section: section(column), isReal: kind(column) == .real, rows: rows, file: file)
  }

  /// - Precondition: the column is there and is of text lists.
  package func textLists(_ column: String) throws -> TextListStream {
    try TextListStream(section: section(column), rows: rows, file: file)
  }

  private func section(_ column: String) -> String {
    guard let number = columns.firstIndex(where: { $0.name == column }) else {
      preconditionFailure("no column \(column) in \(name)")
    }
    return "\(name)/\(number)"
  }
}

/// A text column part by part: codes into its dictionary, which is in memory as a whole.
package struct TextStream {
  package let dictionary: Strings
  private var codes: SectionStream<UInt32>
  private let checks: ColumnChecks
  private let path: String

  fileprivate init(section: String, rows: Int, file: ArtifactFile) throws {
    dictionary = try naming(file.path) { try Table.dictionary(of: section, in: file) }
    codes = try SectionStream(section, of: file, shape: [rows])
    checks = ColumnChecks(section: section)
    path = file.path
  }

  /// The next codes in place of those before, each checked against the dictionary.
  package mutating func next(_ count: Int, into part: inout [UInt32]) throws {
    part.removeAll(keepingCapacity: true)
    try codes.next(count, into: &part)
    try naming(path) { try checks.requireCodes(part, below: dictionary.count) }
  }
}

/// A column of text lists part by part: the lengths of the lists, and their items behind each other.
package struct TextListStream {
  /// The items of all lists.
  package var items: TextStream
  /// The number of items of all lists.
  package let itemCount: Int
  private var starts: SectionStream<UInt64>
  private var last: UInt64
  private let checks: ColumnChecks
  private let path: String

  fileprivate init(section: String, rows: Int, file: ArtifactFile) throws {
    checks = ColumnChecks(section: section)
    path = file.path
    guard let count = file.section(section)?.count else {
      throw FileError(file.path, ArtifactError.missingSection(section))
    }
    itemCount = count
    items = try TextStream(section: section, rows: count, file: file)
    starts = try SectionStream("\(section)/starts", of: file, shape: [rows + 1])
    var first: [UInt64] = []
    try starts.next(1, into: &first)
    last = first.first ?? 0
    guard last == 0 else { throw FileError(file.path, checks.malformed(.startsDoNotRise)) }
  }

  /// The lengths of the next lists in place of those before.
  package mutating func next(_ count: Int, into lengths: inout [Int]) throws {
    lengths.removeAll(keepingCapacity: true)
    var ends: [UInt64] = []
    try starts.next(count, into: &ends)
    for end in ends {
      guard last <= end, end <= UInt64(itemCount) else { throw FileError(path, checks.malformed(.startsDoNotRise)) }
      lengths.append(Int(end - last))
      last = end
    }
  }
}

/// A column of numbers part by part.
package struct NumberStream {
  private enum Values {
    case integers(SectionStream<Int64>)
    case reals(SectionStream<Double>)
  }

  private var values: Values
  private var present: SectionStream<UInt8>?
  private var row = 0
  private var integers: [Int64] = []
  /// A flag for each number of the last part, 0 where it is missing; empty if none of the column is.
  package private(set) var flags: [UInt8] = []
  private let checks: ColumnChecks
  private let path: String

  fileprivate init(section: String, isReal: Bool, rows: Int, file: ArtifactFile) throws {
    values =
      isReal
      ? .reals(try SectionStream(section, of: file, shape: [rows]))
      : .integers(try SectionStream(section, of: file, shape: [rows]))
    if file.section("\(section)/present") != nil {
      present = try SectionStream("\(section)/present", of: file, shape: [rows])
    }
    checks = ColumnChecks(section: section)
    path = file.path
  }

  /// The next numbers in place of those before, checked as those of a table read at once.
  ///
  /// - Returns: the first row, counted from that of the whole table, where a number is missing.
  package mutating func next(_ count: Int, into part: inout [Double]) throws -> Int? {
    part.removeAll(keepingCapacity: true)
    let first = row
    switch values {
    case .integers(var stream):
      integers.removeAll(keepingCapacity: true)
      try stream.next(count, into: &integers)
      values = .integers(stream)
      part += integers.lazy.map { Double($0) }
    case .reals(var stream):
      try stream.next(count, into: &part)
      values = .reals(stream)
      try naming(path) { try checks.requireFinite(part, first: first) }
    }
    row += part.count
    flags.removeAll(keepingCapacity: true)
    try present?.next(count, into: &flags)
    try naming(path) { try checks.requireFlags(flags) }
    return flags.firstIndex(of: 0).map { first + $0 }
  }
}
