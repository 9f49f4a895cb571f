import Artifacts
import DisplayText
import SystemFiles

/// The files of a source: one file, or a folder with files of interactions and perhaps of candidates and of users.
/// Several files are parts of one table.
struct SourceFiles {
  let source: String
  /// A file, a folder of parts, or a pattern of their paths.
  let interactionsFile: String?
  let catalogFile: String?
  var usersFile: String?

  func interactions() throws -> [String] {
    guard Files.isFolder(source) else {
      for (option, value) in [
        ("interactions-file", interactionsFile), ("catalog-file", catalogFile), ("users-file", usersFile),
      ] where value != nil { throw DataError.badSource(source, .notAFolder(option: option)) }
      return [source]
    }
    let described = Set(try (catalog() ?? []) + (users() ?? []))
    if let interactionsFile {
      let paths = try paths(interactionsFile, option: "interactions-file")
      // A pattern such as "*.csv" fits the other tables too.
      return paths.count > 1 ? paths.filter { !described.contains($0) } : paths
    }
    let paths = try Self.visible(SourceDigest.names(under: source)).map { "\(source)/\($0)" }
    let others = paths.filter { !described.contains($0) }
    guard !others.isEmpty else { throw DataError.badSource(source, .noFile) }
    return others
  }

  func catalog() throws -> [String]? { try catalogFile.map { try paths($0, option: "catalog-file") } }

  func users() throws -> [String]? { try usersFile.map { try paths($0, option: "users-file") } }

  /// Names without those that writers hide or mark, such as "_SUCCESS" and ".part-0.crc", in the order of their bytes.
  private static func visible(_ names: [String]) -> [String] {
    names.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") || $0.hasPrefix("_") } }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Only files that the source's digest covers may be read.
  private func paths(_ name: String, option: String) throws -> [String] {
    let names = try SourceDigest.names(under: source)
    if names.contains(name) { return ["\(source)/\(name)"] }
    let found =
      if let pattern = GlobPattern(name) {
        Self.visible(names).filter(pattern.matches)
      } else {
        Self.visible(names.filter { $0.hasPrefix(name.hasSuffix("/") ? name : "\(name)/") })
      }
    guard !found.isEmpty else {
      throw DataError.badSource(
        source, .noNamedFile(name, option: option, near: nearestName(to: name, among: names), files: names))
    }
    return found.map { "\(source)/\($0)" }
  }
}
