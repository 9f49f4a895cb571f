package import Artifacts
import CanonicalJSON
import SystemFiles
package import Tables

/// Interactions that stay in their file and are read a part at a time.
package struct InteractionFile {
  package let roles: Interactions.Roles
  private let table: TableFile

  package init(_ file: ArtifactFile) throws {
    let table = try TableFile("interactions", from: file)
    roles = try naming(file.path) { try Interactions.Roles(file.header.schema["roles"], columns: table.columns) }
    self.table = table
  }

  package var count: Int { table.rows }

  package var columns: [ColumnDescription] { table.columns }

  /// A column of any kind as a whole; `nil` if it is not there.
  package func column(_ name: String) throws -> Column? { try table.column(name) }

  /// A text column, part by part.
  ///
  /// - Throws: `DataError` that lists the text columns, if it is none of them.
  package func text(_ column: String) throws -> TextStream {
    try require(column, [.text])
    return try table.text(column)
  }

  /// A column of numbers, part by part.
  ///
  /// - Throws: `DataError` that lists the columns of numbers, if it is none of them.
  package func numbers(_ column: String) throws -> CompleteNumbers {
    try require(column, [.integer, .real])
    return CompleteNumbers(column: column, stream: try table.numbers(column))
  }

  /// A column of numbers, part by part, some of which may be missing.
  ///
  /// - Throws: `DataError` that lists the columns of numbers, if it is none of them.
  package func possibleNumbers(_ column: String) throws -> NumberStream {
    try require(column, [.integer, .real])
    return try table.numbers(column)
  }

  private func require(_ column: String, _ kinds: [ColumnKind]) throws(DataError) {
    guard let kind = table.kind(column), kinds.contains(kind) else {
      throw .noColumn(column, of: "interactions", in: table.columns, kinds: kinds)
    }
  }

  /// Seconds since 1970 of every row, all at once.
  ///
  /// - Throws: `DataError` if there are no times, or one is missing.
  package func times() throws -> [Double] {
    var numbers = try self.numbers(roles.times(in: table.columns))
    var (all, part) = ([Double](), [Double]())
    all.reserveCapacity(count)
    while all.count < count {
      try numbers.next(TableFile.partRows, into: &part)
      all += part
    }
    return all
  }
}

/// Numbers of a column part by part, none of them missing.
package struct CompleteNumbers {
  let column: String
  var stream: NumberStream

  /// The next numbers in place of those before.
  package mutating func next(_ count: Int, into part: inout [Double]) throws {
    if let row = try stream.next(count, into: &part) { throw DataError.missingNumber(column: column, row: row) }
  }
}
