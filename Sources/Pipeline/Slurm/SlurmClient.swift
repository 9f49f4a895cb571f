import Artifacts
import Glibc

/// Slurm's own commands: sbatch, squeue, scontrol and scancel.
struct SlurmClient {
  let signals: StopSignals

  /// The words by which the commands say that the controller does not answer.
  private static let unreachable = [
    "Unable to contact", "Connection refused", "Socket timed out", "Connection timed out", "Zero Bytes",
    "Resource temporarily unavailable", "try again",
  ]

  /// Submits a script.
  ///
  /// - Returns: the identifier of the job.
  func submit(_ script: String, _ options: [String]) throws -> Int {
    let said = try run("sbatch", options + [script])
    let words = said.split(separator: "\n").last?.split(separator: ";").first ?? ""
    guard let identifier = Int(words.filter { !$0.isWhitespace }) else {
      throw SlurmError.noIdentifier(said: String(said.prefix(200)))
    }
    return identifier
  }

  /// All jobs of this user that the controller knows, ended ones too.
  func jobs() throws -> [SlurmJob] {
    try run(
      "squeue",
      ["--noheader", "--array", "--states=all", "--user=\(getuid())", "--format=\(SlurmJob.format)"]
    ).split(separator: "\n").compactMap { SlurmJob(line: $0) }
  }

  func release(_ identifiers: [Int]) throws {
    for part in chunks(identifiers) { _ = try run("scontrol", ["release", part]) }
  }

  /// Ends jobs, whatever they do; that one has ended already is no error.
  func cancel(_ identifiers: [Int]) throws {
    for identifier in identifiers { _ = try run("scancel", ["--quiet", "\(identifier)"]) }
  }

  /// How a job ended, such as "exit code 1".
  func exitCode(of job: String) -> String? {
    guard let said = try? run("scontrol", ["-o", "show", "job", job]),
      let field = said.split(separator: " ").first(where: { $0.hasPrefix("ExitCode=") })
    else { return nil }
    let parts = field.dropFirst("ExitCode=".count).split(separator: ":")
    guard parts.count == 2 else { return nil }
    return parts[1] == "0" ? "exit code \(parts[0])" : "signal \(parts[1])"
  }

  private func chunks(_ identifiers: [Int]) -> [String] {
    stride(from: 0, to: identifiers.count, by: 500).map { start in
      identifiers[start..<min(start + 500, identifiers.count)].map { "\($0)" }.joined(separator: ",")
    }
  }

  /// - Returns: what the command printed.
  private func run(_ name: String, _ arguments: [String]) throws -> String {
    guard let program = ProcessEnvironment.find(name) else { throw SlurmError.noProgram(name) }
    // A user's own format would be read wrongly.
    let environment = ProcessEnvironment.inherited.filter { !$0.key.hasPrefix("SQUEUE_") }
    var child = ChildProcess(program: program, arguments: arguments, environment: environment)
    child.timeoutSeconds = 60
    var (output, error): ([UInt8], [UInt8]) = ([], [])
    let outcome = try child.run(signals: signals) { stream, bytes in
      if stream == .output { output += bytes } else { error += bytes }
    }
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      let said = String(decoding: error, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
      let words = said.isEmpty ? "\(outcome.ending)" : said
      if outcome.isTimedOut || Self.unreachable.contains(where: { said.contains($0) }) {
        throw SlurmError.unreachable(said: words)
      }
      throw SlurmError.failed(command: name, said: words)
    }
    return String(decoding: output, as: UTF8.self)
  }
}
