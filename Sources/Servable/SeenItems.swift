import Artifacts
import Kernels
import SystemFiles

/// The sorted candidate numbers that each query had in training.
struct SeenItems: Sendable {
  private let starts: SharedValues<UInt64>
  private let candidates: SharedValues<UInt32>

  init(_ file: ArtifactFile, queries: Int) throws {
    starts = try file.mapped("seen/starts")
    candidates = try file.mapped("seen/candidates")
    guard starts.count == queries + 1 else {
      throw FileError(
        file.path,
        ArtifactError.malformed(
          part: "section \"seen/starts\"", reason: .shape([starts.count], expected: [queries + 1])))
    }
  }

  subscript(query: Int) -> [UInt32] {
    let (start, end) = (starts[query], starts[query + 1])
    guard start <= end, end <= UInt64(candidates.count) else { return [] }
    return Array(candidates[Int(start)..<Int(end)])
  }
}
