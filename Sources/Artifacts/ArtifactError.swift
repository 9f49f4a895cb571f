/// The reason why bytes are not an artifact that this version can read or write. One line each; the file is named by
/// `FileError`.
package enum ArtifactError: Error, Equatable {
  case notAnArtifact
  case newerContainer(found: Int, newest: Int)
  case newerType(type: String, found: Int, newest: Int)
  case wrongType(found: String, wanted: String)
  case truncated(part: String, needed: UInt64, present: UInt64)
  case damaged(part: String)
  case malformed(part: String, reason: String)
  case tooLarge(part: String, value: UInt64, limit: UInt64)
  case missingSection(String)
}

extension ArtifactError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notAnArtifact: "not a Tandem artifact: it does not begin with the bytes of one"
    case .newerContainer(let found, let newest):
      "written in container version \(found), and this build reads up to \(newest); update Tandem"
    case .newerType(let type, let found, let newest):
      "\(type) version \(found), and this build reads up to \(newest); update Tandem, or run the stage again"
    case .wrongType(let found, let wanted): "holds \"\(found)\"; expected \"\(wanted)\""
    case .truncated(let part, let needed, let present):
      "\(part) needs \(needed) bytes and \(present) are there; the file was cut short, make it again"
    case .damaged(let part):
      "\(part): the checksum does not match; the file was damaged after it was written, make it again"
    case .malformed(let part, let reason): "\(part): \(reason)"
    case .tooLarge(let part, let value, let limit): "\(part) is \(value), and \(limit) is the most allowed"
    case .missingSection(let name): "section \"\(name)\" is missing"
    }
  }
}
