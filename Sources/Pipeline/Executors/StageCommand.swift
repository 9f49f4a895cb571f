import Artifacts
import CanonicalJSON
import SystemFiles

/// The command that runs one stage: all that an executor needs.
///
/// Relative paths are seen from the working folder of the runner, in which the program runs.
package struct StageCommand: Sendable {
  package let stage: String
  package let program: String
  package let arguments: [String]
  /// The whole environment of the program; nothing else is inherited.
  package let environment: [String: String]
  /// The folder that the outputs are written into; it exists and is empty.
  package let staging: String
  /// The file for the program's output. `StageRun` writes it.
  package let log: String
  /// The time after which the program is ended; no limit if `nil`.
  package let timeoutSeconds: Int?
  /// Params that do not fit on the command line, as the file that `--params-file` names.
  let params: (path: String, contents: [UInt8])?

  /// The command as one line of the log.
  package var line: String { "\(program) \(arguments.joined(separator: " "))" }

  /// Linux takes 128 KiB in one argument.
  static let longestArgument = 100_000

  /// - Parameters:
  ///   - inputs: paths by the names of the ports.
  ///   - logs: the folder of the run, which takes the log and the params that are too long.
  ///   - work: the folder for what should survive a kill, for stages that keep such things.
  ///   - attempt: 1, and more where the stage failed before.
  ///   - block: the block of the stage's work that is done, from 1; the outputs are made if `nil`.
  package init(
    _ stage: CheckedStage, inputs: [String: String], staging: String, logs: String, threads: Int?, work: String?,
    attempt: Int = 1, block: Int? = nil
  ) {
    var arguments = inputs.sorted { $0.key < $1.key }.flatMap { ["--input", "\($0)=\($1)"] }
    if block == nil {
      arguments += stage.outputs.flatMap { ["--output", "\($0.name)=\(staging)/\($0.name).tandem"] }
    }
    var long: [String: JSON] = [:]
    for (name, value) in stage.givenParams.sorted(by: { $0.key < $1.key }) where value != .null {
      let text = value.string ?? value.text
      if value.array != nil || text.utf8.count > Self.longestArgument {
        long[name] = value
      } else {
        arguments.append("--\(name)=\(text)")
      }
    }
    let path = "\(logs)/\(stage.name).params.json"
    params = long.isEmpty ? nil : (path, JSON.object(long).document)
    if !long.isEmpty { arguments += ["--params-file", path] }
    if let threads { arguments += ["--threads", "\(threads)"] }
    if let work { arguments += ["--work", Files.absolutePath(work)] }
    if stage.limits.blocks > 1 { arguments += ["--blocks", "\(stage.limits.blocks)"] }
    if let block { arguments += ["--block", "\(block)"] }
    for (name, value) in stage.options.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .bool(let isOn): if isOn { arguments.append("--\(name)") }
      default: arguments.append("--\(name)=\(value.string ?? value.text)")
      }
    }
    self.stage = stage.name
    program = stage.program.path
    self.arguments = arguments
    environment = ProcessEnvironment.ofStage(declared: stage.environment)
    self.staging = staging
    log = Self.log(of: stage.name, block: block, attempt: attempt, in: logs)
    timeoutSeconds = stage.limits.timeout?.seconds
  }

  static func log(of stage: String, block: Int? = nil, attempt: Int, in logs: String) -> String {
    "\(logs)/\(stage).\(block.map { "block-\($0)." } ?? "")\(attempt).log"
  }

  /// Writes the file of `--params-file`, if the command names one.
  func writeParams() throws {
    guard let params else { return }
    try Files.publish(params.contents, to: params.path, replacing: true, isDurable: false)
  }
}
