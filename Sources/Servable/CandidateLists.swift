import Artifacts
import Kernels
import SystemFiles

/// Lists of candidate numbers, one for each query, in a mapped file: the distinct ones that it had in training, rising
/// (`seen`), or the newest that it chose in their order (`history`).
struct CandidateLists: Sendable {
  static let seen = "seen"
  static let history = "history"

  private let starts: SharedValues<UInt64>
  private let candidates: SharedValues<UInt32>

  static func startsSection(_ name: String) -> String { "\(name)/starts" }
  static func candidatesSection(_ name: String) -> String { "\(name)/candidates" }

  init(_ name: String, in file: ArtifactFile, queries: Int) throws {
    starts = try file.mapped(Self.startsSection(name))
    candidates = try file.mapped(Self.candidatesSection(name))
    guard starts.count == queries + 1 else {
      throw FileError(
        file.path,
        ArtifactError.malformed(
          part: "section \"\(Self.startsSection(name))\"", reason: .shape([starts.count], expected: [queries + 1])))
    }
  }

  subscript(query: Int) -> [UInt32] {
    let (start, end) = (starts[query], starts[query + 1])
    guard start <= end, end <= UInt64(candidates.count) else { return [] }
    return Array(candidates[Int(start)..<Int(end)])
  }
}
