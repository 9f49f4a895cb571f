package import Artifacts
import CanonicalJSON
import SystemFiles
import Tables

/// A verdict read back from its artifact, for stages that act on it.
package struct PublishedVerdict: Sendable, Equatable {
  package let answer: Verdict.Answer
  package let statement: String
  /// The digest of the judged model, in hexadecimal digits.
  package let model: String
}

extension PublishedVerdict {
  package init(_ file: ArtifactFile) throws {
    guard file.header.typeVersion == Verdict.type.version else {
      throw FileError(
        file.path,
        ArtifactError.olderType(
          type: "verdict", found: file.header.typeVersion, oldest: Verdict.type.version, maker: "evaluate"))
    }
    let table = try Table("verdict", from: file)
    (answer, statement, model) = try naming(file.path) {
      guard table.rows == 1, let answer = table.text("answer").flatMap({ Verdict.Answer(rawValue: $0[0]) }),
        let statement = table.text("statement")?[0], let model = table.text("model")?[0]
      else { throw ArtifactError.malformed(part: "table \"verdict\"", reason: .notA("verdict")) }
      return (answer, statement, model)
    }
  }

  /// The relation of a verdict to a model.
  package enum Relation: Sendable {
    /// The verdict is about this model.
    case same
    /// The model was trained again, on more data, with the recipe of the model that the verdict is about.
    case refit
    /// The model has more candidates than the one that the verdict is about, or than a refit of it.
    case extended
    case other
  }

  /// Returns how the verdict relates to a model, by the digests of the model and of the recipe that it was made from.
  package func relation(to model: ArtifactFile) -> Relation {
    if model.header.lineage.inputs["recipe"]?.hexadecimal == self.model { return .refit }
    if model.digest.hexadecimal == self.model { return .same }
    let extended = model.header.schema["extends"]
    return ["model", "recipe"].contains { extended?[$0]?.string == self.model } ? .extended : .other
  }
}
