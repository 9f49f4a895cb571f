package import Artifacts
import SystemFiles
import Tables

/// A data verdict read back from its artifact, for stages that act on it.
package struct PublishedDataVerdict: Sendable, Equatable {
  package let answer: DataVerdict.Answer
  package let statement: String
  /// The digest of the interactions that were checked, in hexadecimal digits.
  package let interactions: String

  package init(_ file: ArtifactFile) throws {
    let table = try Table("verdict", from: file)
    (answer, statement, interactions) = try naming(file.path) {
      guard table.rows == 1, let answer = table.text("answer").flatMap({ DataVerdict.Answer(rawValue: $0[0]) }),
        let statement = table.text("statement")?[0], let interactions = table.text("interactions")?[0]
      else { throw ArtifactError.malformed(part: "table \"verdict\"", reason: .notA("data verdict")) }
      return (answer, statement, interactions)
    }
  }

  /// Refuses data that failed their check, and a verdict about other data.
  ///
  /// - Parameters:
  ///   - used: the interactions that were checked, or a part of them.
  ///   - allowsFailed: `true` if failed data are used nevertheless.
  ///   - note: says so.
  package func check(
    _ used: ArtifactFile, allowsFailed: Bool, note: (String) -> Void
  ) throws(DataCheckError) {
    guard
      used.digest.hexadecimal == interactions
        || used.header.lineage.inputs.values.contains(where: { $0.hexadecimal == interactions })
    else { throw .otherData(judged: interactions, used: used.digest.hexadecimal) }
    guard answer == .failed else { return }
    guard allowsFailed else { throw .failedCheck(statement) }
    note("goes on in spite of failed data: \(statement)")
  }
}
