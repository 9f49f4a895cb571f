import Artifacts
import DisplayText
import SystemFiles

/// The files of a source: one file, or a folder with a file of interactions and perhaps one of candidates. In place of
/// either file there may be a folder of parts, if the format has them.
struct SourceFiles {
  let source: String
  let interactionsFile: String?
  let catalogFile: String?
  /// The end of the names of parts; `nil` if the format has none.
  var partSuffix: String?

  func interactions() throws -> [String] {
    guard Files.isFolder(source) else {
      for (option, value) in [("interactions-file", interactionsFile), ("catalog-file", catalogFile)]
      where value != nil { throw DataError.badSource(source, .notAFolder(option: option)) }
      return [source]
    }
    if let interactionsFile { return try paths(of: interactionsFile, option: "interactions-file") }
    if let partSuffix {
      let parts = try Self.parts(in: source, partSuffix).filter { $0 != catalogFile.map { "\(source)/\($0)" } }
      guard !parts.isEmpty else { throw DataError.badSource(source, .noFile) }
      return parts
    }
    let names = try SourceDigest.names(under: source).filter { $0 != catalogFile }
    guard names.count == 1 else { throw DataError.badSource(source, names.isEmpty ? .noFile : .manyFiles(names)) }
    return ["\(source)/\(names[0])"]
  }

  func catalog() throws -> [String]? { try catalogFile.map { try paths(of: $0, option: "catalog-file") } }

  /// Files in a folder that are parts of a table, in the order of their names: those that writers hide or mark, such as
  /// "_SUCCESS", are none.
  private static func parts(in folder: String, _ suffix: String) throws -> [String] {
    try Files.list(folder).filter { $0.hasSuffix(suffix) && !$0.hasPrefix("_") && !$0.hasPrefix(".") }
      .map { "\(folder)/\($0)" }.filter { !Files.isFolder($0) }
  }

  /// Only files that the source's digest covers may be read.
  private func paths(of name: String, option: String) throws -> [String] {
    let names = try SourceDigest.names(under: source)
    if let partSuffix, names.contains(where: { $0.hasPrefix("\(name)/") }) {
      let parts = try Self.parts(in: "\(source)/\(name)", partSuffix)
      guard !parts.isEmpty else { throw DataError.badSource("\(source)/\(name)", .noFile) }
      return parts
    }
    guard names.contains(name) else {
      throw DataError.badSource(
        source, .noNamedFile(name, option: option, near: nearestName(to: name, among: names), files: names))
    }
    return ["\(source)/\(name)"]
  }
}
