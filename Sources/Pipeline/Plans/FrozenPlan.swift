package import Artifacts
import CanonicalJSON
import SystemFiles

/// The plan of a run as a file: all that each stage needs, wherever and whenever it runs. Later edits of the pipeline
/// file do not reach it.
///
/// All paths are absolute.
package struct FrozenPlan: Sendable {
  static let format = 1
  package static let fileName = "plan.json"

  /// Raw data or a program's file as it was when the run was planned.
  struct KnownFile: Sendable, Equatable {
    let path: String
    let digest: Digest
    /// The digest of its fingerprint, by which it is known without reading it.
    let fingerprint: Digest

    init(path: String, digest: Digest, fingerprint: Digest) {
      self.path = path
      self.digest = digest
      self.fingerprint = fingerprint
    }

    /// - Parameter before: the fingerprint from before the digest was taken.
    /// - Throws: `SourceFingerprint.Changed` if the file was written to since.
    init(_ path: String, digest: Digest, since before: SourceFingerprint) throws {
      let absolute = Files.absolutePath(path)
      // A fingerprint is of the paths too, as they are spelt.
      let fingerprint = try SourceFingerprint(absolute).digest
      guard try SourceFingerprint(path) == before else { throw SourceFingerprint.Changed(path: path) }
      self.init(path: absolute, digest: digest, fingerprint: fingerprint)
    }

    /// `true` if the file is the same still.
    ///
    /// - Parameter isArtifact: `true` if its digest is that of an artifact.
    func isUnchanged(isArtifact: Bool = false, interrupted: () throws -> Void) throws -> Bool {
      if try SourceFingerprint(path).digest == fingerprint { return true }
      return try digest == SourceContents.digest(of: path, isArtifact: isArtifact, interrupted: interrupted)
    }
  }

  struct Source: Sendable, Equatable {
    let name: String
    let isArtifact: Bool
    let file: KnownFile
  }

  struct Stage: Sendable {
    let checked: CheckedStage
    /// The decision when the run was planned.
    let decision: String
    let reasons: String
    /// The version that stands for the stage, if it need not run.
    let version: String?
    /// The program, and the files that it depends on.
    let files: [KnownFile]

    var name: String { checked.name }
    /// `true` if the stage may have to run.
    var isOpen: Bool { ["run", "open"].contains(decision) }

    /// The stage's part of the record of the run.
    func entry(_ result: String, inputs: [String: Digest?] = [:]) -> RunRecord.Entry {
      RunRecord.Entry(checked, decision: decision, reasons: reasons, inputs: inputs, result: result)
    }
  }

  package let run: String
  /// The pipeline's name.
  package let pipeline: String
  package let store: Store
  /// The folder in which programs run, as those of a run on one machine do: paths among params are seen from there.
  let workingFolder: String
  /// The pipeline file, as it was named.
  let file: String
  let fileDigest: Digest
  let revision: String?
  /// `true` if the stages run whatever the store holds.
  let isForced: Bool
  /// `true` if `latest` of each stage points at what the run used, once it has finished.
  let movesLatest: Bool
  /// The most threads of a stage; `nil` for as many as it likes.
  let threads: Int?
  let slurm: SlurmSettings?
  /// The time of planning, in milliseconds since 1970.
  let planned: Int
  let sources: [Source]
  /// The stages in topological order.
  let stages: [Stage]

  package var folder: String { "\(store.root)/\(Store.runsFolder)/\(run)" }
  package var path: String { "\(folder)/\(Self.fileName)" }

  func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }
  func source(_ name: String) -> Source? { sources.first { $0.name == name } }

  /// The stages that may have to run.
  var openStages: [Stage] { stages.filter(\.isOpen) }

  func isSelected(_ stage: Stage) -> Bool { !["reuse", "missing"].contains(stage.decision) }

  var planner: Planner.Options {
    Planner.Options(selected: Set(stages.filter(isSelected).map(\.name)), isForced: isForced)
  }

  /// Threads of a stage: those that it asks for, or one.
  func threads(of stage: CheckedStage) -> Int { min(stage.limits.cpus ?? 1, threads ?? .max) }

  /// The commands of the stages that may have to run, in an order in which they can.
  package var commands: [String] {
    openStages.flatMap { stage in
      let command = "\(ProgramFinder.runner.shellWord) stage --plan \(path.shellWord) --stage \(stage.name.shellWord)"
      let blocks = stage.checked.limits.blocks
      return (blocks > 1 ? (1...blocks).map { "\(command) --block \($0)" } : []) + [command]
    }
  }

  /// Digests by stage of what each makes and how, by which runs that begin together know what they have in common.
  var identities: [String: Digest] {
    stages.reduce(into: [:]) { known, stage in
      let inputs = stage.checked.inputs.mapValues { reference -> JSON in
        switch reference {
        case .source(let name): JSON(optional: source(name)?.file.digest.hexadecimal)
        case .output(let producer, _): JSON(optional: known[producer]?.hexadecimal)
        }
      }
      let used = isSelected(stage) ? nil : stage.version
      let json: JSON = [
        "stage": Self.json(stage.checked), "version": JSON(optional: used), "inputs": .object(inputs),
        "threads": JSON(threads(of: stage.checked)), "folder": JSON(workingFolder),
      ]
      known[stage.name] = Digest.of(json.text)
    }
  }

  /// A digest of what the run makes, whenever it was planned.
  var contents: Digest {
    let stages = stages.map { stage -> JSON in
      let used = isSelected(stage) ? nil : stage.version
      return ["stage": Self.json(stage.checked), "version": JSON(optional: used)]
    }
    let json: JSON = [
      "pipeline": JSON(pipeline), "forced": .bool(isForced), "moves_latest": .bool(movesLatest),
      "threads": JSON(optional: threads),
      "slurm": slurm.map(Self.json) ?? .null, "stages": .array(stages),
      "sources": .object(Dictionary(sources.map { ($0.name, JSON($0.file.digest.hexadecimal)) }) { first, _ in first }),
    ]
    return Digest.of(json.text)
  }
}
