import ArgumentParser
import Artifacts
import Glibc
import Kernels

/// A stage executable: it declares ports and options, and does its work in `run(in:)`.
///
/// The protocol gives the rest of the stage contract (Docs/stage-contract.md): `--input`, `--output`, `--describe`,
/// `--params-file`, one line for each failure, and exit codes 0 (all outputs published), 1 (refused) and 64 (command
/// line). Every option must have a default or be optional.
package protocol Stage: ParsableCommand {
  static var name: String { get }
  /// Raised whenever the same inputs and params would give other outputs.
  static var version: Int { get }
  static var summary: String { get }
  static var inputs: [Port] { get }
  static var outputs: [Port] { get }
  var files: StageFiles { get }
  func run(in context: StageContext) throws
}

extension Stage {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: summary,
      discussion: """
        Inputs: \(inputs.map { $0.isOptional ? "\($0.name) (optional)" : $0.name }.joined(separator: ", ")). \
        Outputs: \(outputs.map(\.name).joined(separator: ", ")). \
        Long values and lists may stand in a JSON object: --params-file FILE.
        """)
  }

  package static func main() {
    // A closed pipe is a failed write, not a silent death.
    signal(SIGPIPE, SIG_IGN)
    let words = Array(CommandLine.arguments.dropFirst())
    if words.contains("--describe") {
      print(description.text)
      return
    }
    do {
      let stage = try parse(try ParamsFile.expand(words))
      try stage.run(in: try stage.context())
    } catch {
      stop(error)
    }
  }

  private static func stop(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == ExitCode.success {
      print(fullMessage(for: error))
      Glibc.exit(0)
    }
    let isUsage = code == ExitCode.validationFailure
    StandardError.write(line: "\(name): \(isUsage ? message(for: error) : "\(error)")")
    Glibc.exit(isUsage ? 64 : 1)
  }

  private func context() throws -> StageContext {
    StageContext(
      name: Self.name, inputs: try StageFiles.bindings(files.input, option: "input", ports: Self.inputs),
      outputs: try StageFiles.bindings(files.output, option: "output", ports: Self.outputs), ports: Self.inputs,
      lineageParams: Params(of: self).values, version: Self.version, threads: files.threads ?? availableProcessors())
  }

  /// What `--describe` prints.
  package static var description: JSON {
    let stage: Self
    do { stage = try parse([]) } catch { preconditionFailure("\(name): an option has no valid default: \(error)") }
    return [
      "contract": 1, "stage": JSON(name), "version": JSON(version), "summary": JSON(summary),
      "inputs": .array(inputs.map(\.description)), "outputs": .array(outputs.map(\.description)),
      "params": Params(of: stage).description(help: Params.help(of: Self.self)),
    ]
  }
}

/// `--params-file FILE`: a JSON object, each entry of which stands for an option, a list for one given repeatedly.
enum ParamsFile {
  static func expand(_ words: [String]) throws -> [String] {
    var expanded: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--params-file" {
        guard let path = rest.popFirst() else { throw ValidationError("--params-file: give a file") }
        expanded += try options(in: path)
      } else if word.hasPrefix("--params-file=") {
        expanded += try options(in: String(word.dropFirst("--params-file=".count)))
      } else {
        expanded.append(word)
      }
    }
    return expanded
  }

  private static func options(in path: String) throws -> [String] {
    let json = try naming(path) { try JSON.parse(Files.read(path, limit: 64 << 20)) }
    guard let fields = json.object else {
      throw FileError(path, ArtifactError.malformed(part: "the file", reason: "a JSON object of params is wanted"))
    }
    return try fields.keys.sorted().flatMap { name in
      try (fields[name]?.array ?? [fields[name] ?? .null]).map { value in
        switch value {
        case .string(let text): return "--\(name)=\(text)"
        case .bool, .integer, .number: return "--\(name)=\(value.text)"
        default:
          throw FileError(
            path, ArtifactError.malformed(part: "\"\(name)\"", reason: "a value or a list of values is wanted"))
        }
      }
    }
  }
}
