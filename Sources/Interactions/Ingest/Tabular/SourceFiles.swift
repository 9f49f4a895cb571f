import Artifacts
import DisplayText
import SystemFiles

/// The files of a source: one file, or a folder with a file of interactions and perhaps one of candidates.
struct SourceFiles {
  let source: String
  let interactionsFile: String?
  let catalogFile: String?

  func interactions() throws -> String {
    guard Files.isFolder(source) else {
      for (option, value) in [("interactions-file", interactionsFile), ("catalog-file", catalogFile)]
      where value != nil { throw DataError.badSource(source, .notAFolder(option: option)) }
      return source
    }
    if let interactionsFile { return try path(of: interactionsFile, option: "interactions-file") }
    let names = try SourceDigest.names(under: source).filter { $0 != catalogFile }
    guard names.count == 1 else { throw DataError.badSource(source, names.isEmpty ? .noFile : .manyFiles(names)) }
    return "\(source)/\(names[0])"
  }

  func catalog() throws -> String? { try catalogFile.map { try path(of: $0, option: "catalog-file") } }

  /// Only files that the source's digest covers may be read.
  private func path(of name: String, option: String) throws -> String {
    let names = try SourceDigest.names(under: source)
    guard names.contains(name) else {
      throw DataError.badSource(
        source, .noNamedFile(name, option: option, near: nearestName(to: name, among: names), files: names))
    }
    return "\(source)/\(name)"
  }
}
