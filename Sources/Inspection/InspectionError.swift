package import Artifacts
import DisplayText

/// A target, a table or a section that an inspection does not find, or a digest that it did not expect.
package enum InspectionError: Error, Equatable {
  case unknownStage(String, store: String, there: [String])
  case unknownVersion(String, stage: String, there: [String])
  case unknownOutput(String, stage: String, there: [String])
  case nothingMade(stage: String)
  /// The name is `nil` if none was given, where there is not exactly one table.
  case noTable(String?, there: [String])
  /// The name is `nil` if none was given, where there is not exactly one section.
  case noSection(String?, there: [String])
  case otherDigest(found: Digest, expected: Digest)
  case noArtifacts(folder: String)
}

extension InspectionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownStage(let name, let store, let there):
      "no file and no stage \"\(name)\" in \(store)\(Self.hint(name, there))"
    case .unknownVersion(let name, let stage, let there): "no version \"\(name)\" of \(stage)\(Self.hint(name, there))"
    case .unknownOutput(let name, let stage, let there): "\(stage) has no output \"\(name)\"\(Self.hint(name, there))"
    case .nothingMade(let stage): "\(stage) has no published version; run the pipeline"
    case .noTable(let name, let there): Self.choice("table", name, there)
    case .noSection(let name, let there): Self.choice("section", name, there)
    case .otherDigest(let found, let expected):
      "it is not what stage.json beside it names: its digest is \(found.short), expected \(expected.short); "
        + "run the stage again"
    case .noArtifacts(let folder): "\(folder): there is no artifact to verify; name the folder with --artifacts"
    }
  }

  private static func hint(_ name: String, _ there: [String]) -> String {
    if let nearest = nearestName(to: name, among: there) { return "; did you mean \"\(nearest)\"?" }
    return there.isEmpty
      ? "; run a pipeline first"
      : "; there \(there.count == 1 ? "is" : "are") "
        + there.joined(separator: ", ")
  }

  private static func choice(_ what: String, _ name: String?, _ there: [String]) -> String {
    if there.isEmpty { return "it has no \(what) to export; inspect it without export" }
    let list = there.joined(separator: ", ")
    return name.map { "no \(what) \"\($0)\"; there are \(list)" } ?? "say which \(what), with --\(what): \(list)"
  }
}
