import Artifacts
import SystemFiles

/// The format that raw data shows by its content, where that is certain.
package enum FoundFormat: Sendable, Equatable {
  case movieLens, parquet, sqlite, jsonLines, recBole, delimited

  /// Finds the format by the names of the files and the beginning of the first one.
  ///
  /// - Parameter isNamed: `true` if the columns of queries and candidates are named, as delimited text needs.
  /// - Throws: `DataError` for what no format reads, or several may.
  package static func of(
    _ source: String, interactionsFile: String?, catalogFile: String?, usersFile: String?, isNamed: Bool
  ) throws -> FoundFormat {
    if !isNamed, MovieLens.isLayout(of: source) { return .movieLens }
    let files = SourceFiles(
      source: source, interactionsFile: interactionsFile, catalogFile: catalogFile, usersFile: usersFile)
    guard let path = try files.interactions().first else { throw DataError.badSource(source, .noFile) }
    let name = TableRequest(part: .interactions, roles: [:], source: source).name(of: path)
    let start = try DecodedFile(path: path).start()
    switch TextEncoding.of(start, given: .utf8) == .utf16 ? nil : ForeignForm(start) {
    case .readable(_, let format)?: return format == "sqlite" ? .sqlite : .parquet
    case .json?: return .jsonLines
    case let form?: throw DataError.badSource(name, .foreign(form, remedy: "export it as CSV in UTF-8"))
    case nil: break
    }
    if AtomicFileFormat.isHeader(start) { return .recBole }
    guard isNamed else { throw DataError.badSource(name, .unknownFormat) }
    return .delimited
  }
}
