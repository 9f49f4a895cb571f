import Artifacts
import CanonicalJSON
import SystemFiles

/// The file beside built programs that records which sources each was built from.
struct ProgramTable {
  struct Entry {
    var identity: String
    var file: FileStamp?
  }

  /// Digest of all sources of the package.
  var sources: String
  var programs: [String: Entry]

  init(sources: String, programs: [String: Entry]) {
    self.sources = sources
    self.programs = programs
  }

  init(reading path: String) throws {
    let json = try JSON.parse(Files.read(path, limit: 16 << 20))
    sources = json["sources"]?.string ?? ""
    programs = (json["programs"]?.object ?? [:]).compactMapValues { entry in
      entry["identity"]?.string.map { Entry(identity: $0, file: FileStamp(entry["file"])) }
    }
  }

  func publish(to path: String) throws {
    let programs = programs.mapValues { entry -> JSON in
      ["identity": JSON(entry.identity), "file": entry.file?.json ?? .null]
    }
    let json: JSON = ["sources": JSON(sources), "programs": .object(programs)]
    try Files.publish(Array((json.prettyText + "\n").utf8), to: path, replacing: true, mode: 0o644)
  }
}
