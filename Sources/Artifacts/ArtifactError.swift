/// A reason why bytes are not an artifact that this version can read or write. One line each; `FileError` names the
/// file.
package enum ArtifactError: Error, Equatable {
  case notAnArtifact
  case newerContainer(found: Int, newest: Int)
  case newerType(type: String, found: Int, newest: Int)
  /// A version that no longer says what its readers need; `maker` is the stage that writes the newer one.
  case olderType(type: String, found: Int, oldest: Int, maker: String)
  case wrongType(found: String, wanted: String)
  case truncated(part: String, needed: UInt64, present: UInt64)
  case damaged(part: String)
  case malformed(part: String, reason: ArtifactFlaw)
  case tooLarge(part: String, value: UInt64, limit: UInt64)
  case missingSection(String)
  /// The file was opened for `verify` alone, which keeps none of its sections.
  case openedForVerification
  case versionNotPublished(String)
  case noOutputs
  case nestedTooDeeply
  case compressionFailed(zstd: String)
}

extension ArtifactError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notAnArtifact: "not a Tandem artifact: it does not begin with the bytes of one"
    case .newerContainer(let found, let newest):
      "written in container version \(found), and this build reads up to \(newest); update Tandem"
    case .newerType(let type, let found, let newest):
      "\(type) version \(found), and this build reads up to \(newest); update Tandem, or run the stage again"
    case .olderType(let type, let found, let oldest, let maker):
      "\(type) version \(found); expected version \(oldest) or newer; run \(maker) again"
    case .wrongType(let found, let wanted): "holds \"\(found)\"; expected \"\(wanted)\""
    case .truncated(let part, let needed, let present):
      "\(part) needs \(needed) bytes and \(present) are there; the file was cut short, make it again"
    case .damaged(let part):
      "\(part): the checksum does not match; the file was damaged after it was written, make it again"
    case .malformed(let part, let reason): "\(part): \(reason)"
    case .tooLarge(let part, let value, let limit): "\(part) is \(value), and \(limit) is the most allowed"
    case .missingSection(let name): "section \"\(name)\" is missing"
    case .openedForVerification: "the file: it was opened for verification alone; open it mapped to read sections"
    case .versionNotPublished(let version):
      "version \"\(version)\": it is not published; publish it before it becomes the latest"
    case .noOutputs: "the stage: it left no output; expected at least one file"
    case .nestedTooDeeply: "the folder: nested too deeply; move what is in it up"
    case .compressionFailed(let reason): "compression: \(reason)"
    }
  }
}
