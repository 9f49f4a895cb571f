import Artifacts
import CanonicalJSON
import SystemFiles
import Tables

/// Interactions that stay in their file and are read a part at a time.
package struct InteractionFile {
  package let roles: Interactions.Roles
  private let table: TableFile

  package init(_ file: ArtifactFile) throws {
    let table = try TableFile("interactions", from: file)
    roles = try naming(file.path) {
      try Interactions.Roles(file.header.schema["roles"]) { table.kind($0) == "text" }
    }
    self.table = table
  }

  package var count: Int { table.rows }

  /// A text column, or the line that says which there are.
  package func text(_ column: String) throws -> TextStream {
    try require(column, kinds: ["text"])
    return try table.text(column)
  }

  /// A column of numbers, or the line that says which there are.
  package func numbers(_ column: String) throws -> CompleteNumbers {
    try require(column, kinds: ["integer", "real"])
    return CompleteNumbers(column: column, stream: try table.numbers(column))
  }

  private func require(_ column: String, kinds: [String]) throws(DataError) {
    guard kinds.contains(table.kind(column) ?? "") else {
      let names = table.columns.filter { kinds.contains($0.kind) }.map { "\"\($0.name)\"" }
      throw .noColumn(column, of: "interactions", there: names.joined(separator: ", "))
    }
  }

  /// Seconds since 1970 of every row, all at once, or the line that says what is missing.
  package func times() throws -> [Double] {
    guard let name = roles.timestamp, table.kind(name) == "integer" else { throw DataError.noTimes }
    var numbers = try self.numbers(name)
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
