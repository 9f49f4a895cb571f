import Artifacts
import CanonicalJSON
import SystemFiles

/// The file beside programs that records which sources each was built from.
struct ProgramTable {
  struct Entry {
    var identity: String
    /// The built file, which is known without reading it; `nil` in an installation, whose files are copies.
    var file: FileStamp?
    /// The digest of the built file, by which copies are known.
    var digest: String?
  }

  /// Digest of all sources of the package.
  var sources: String
  var programs: [String: Entry]

  init(sources: String, programs: [String: Entry]) {
    self.sources = sources
    self.programs = programs
  }

  /// The table of programs that were just built, or just copied to where they are installed.
  init(sources: String, identities: [String: String], folder: String, isInstalled: Bool) throws {
    self.sources = sources
    programs = [:]
    for (name, identity) in identities {
      let file = "\(folder)/\(name)"
      guard Files.exists(file) else { continue }
      programs[name] = Entry(
        identity: identity, file: isInstalled ? nil : FileStamp(file), digest: try SourceDigest.of(file).hexadecimal)
    }
  }

  init(reading path: String) throws {
    let json = try JSON.parse(Files.read(path, limit: 16 << 20))
    sources = json["sources"]?.string ?? ""
    programs = (json["programs"]?.object ?? [:]).compactMapValues { entry in
      entry["identity"]?.string.map {
        Entry(identity: $0, file: FileStamp(entry["file"]), digest: entry["digest"]?.string)
      }
    }
  }

  func publish(to path: String) throws {
    let programs = programs.mapValues { entry -> JSON in
      [
        "identity": JSON(entry.identity), "file": entry.file?.json ?? .null,
        "digest": JSON(optional: entry.digest),
      ]
    }
    let json: JSON = ["sources": JSON(sources), "programs": .object(programs)]
    try Files.publish(json.document, to: path, replacing: true, mode: 0o644)
  }
}
