import Foundation
import Testing

/// A folder of its own with a pipeline in it, and the real runner to run it with.
final class Workshop {
  let folder: String
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  /// A stage in Python; see the file for its modes.
  static let stage = "\(package)/Tests/PipelineTests/Fixtures/stage.py"

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: "\(folder)/programs", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, to name: String, executable: Bool = false) throws {
    let path = "\(folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    if executable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

  func list(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []).sorted()
  }

  /// The newest run's record.
  func record() throws -> Record {
    let run = try #require(list("artifacts/runs").last)
    return try JSONDecoder().decode(Record.self, from: Data(read("artifacts/runs/\(run)/run.json").utf8))
  }

  struct Record: Decodable {
    struct Stage: Decodable {
      struct Output: Decodable { let path, digest: String }
      let stage, decision, result, reasons: String
      let version: String?
      let failure: String?
      let log: String?
      let outputs: [String: Output]
    }

    let state: String
    let stages: [Stage]
    /// Result by stage.
    var results: [String: String] { Dictionary(uniqueKeysWithValues: stages.map { ($0.stage, $0.result) }) }
  }

  struct Result {
    let status: Int32
    let output: String
    let error: String
    var said: String { output + error }
  }

  private static let builtProducts: String = {
    // Beside the test bundle.
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
    if FileManager.default.fileExists(atPath: "\(executable)/runner") { return executable }
    return "\(package)/.build/debug"
  }()

  static var runner: String { "\(builtProducts)/runner" }

  @discardableResult
  func runner(_ arguments: String..., environment: [String: String] = [:], in place: String? = nil) throws -> Result {
    try run(Self.runner, arguments + ["--stages-dir", "\(folder)/programs"], environment: environment, in: place)
  }

  func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in place: String? = nil
  ) throws -> Result {
    let process = try start(program, arguments, environment: environment, in: place)
    process.process.waitUntilExit()
    return try process.result()
  }

  struct Running {
    let process: Process
    let outputPath: String
    let errorPath: String

    func result() throws -> Result {
      Result(
        status: process.terminationStatus, output: try String(contentsOfFile: outputPath, encoding: .utf8),
        error: String(decoding: try Data(contentsOf: URL(fileURLWithPath: errorPath)), as: UTF8.self))
    }
  }

  func start(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in place: String? = nil
  ) throws -> Running {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: place ?? folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let name = UUID().uuidString
    let paths = ["out", "err"].map { "\(folder)/.\(name).\($0)" }
    for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: paths[0])
    process.standardError = FileHandle(forWritingAtPath: paths[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return Running(process: process, outputPath: paths[0], errorPath: paths[1])
  }

  /// A chain or any graph of note stages: name, inputs, params.
  ///
  /// - Parameter fields: further lines of a stage, by its name.
  func pipeline(
    _ stages: [(name: String, inputs: [String: String], params: String)], head: String = "",
    fields: [String: String] = [:]
  ) throws {
    var text = "name: notes\n\(head)stages:\n"
    for stage in stages {
      let inputs = stage.inputs.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
      text +=
        "  \(stage.name):\n    program: \(Self.stage)\n    inputs: { \(inputs) }\n    params: { \(stage.params) }\n"
      if let field = fields[stage.name] { text += "    \(field)\n" }
    }
    try write(text, to: "pipeline.yaml")
  }

  /// The version that `latest` of a stage leads to.
  func version(of stage: String) -> String {
    URL(fileURLWithPath: "\(folder)/artifacts/\(stage)/latest").resolvingSymlinksInPath().lastPathComponent
  }

  /// What the note of a stage says, in its latest version.
  func note(_ stage: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/artifacts/\(stage)/latest/out.tandem"))
    let offset = data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 48, as: UInt64.self) }
    var text = data[128..<Int(offset)]
    while text.last == 0 { text.removeLast() }
    return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
  }
}

/// Waits until something holds, or says that it did not.
func eventually(seconds: Double = 20, _ condition: () -> Bool) -> Bool {
  let deadline = Date().addingTimeInterval(seconds)
  while Date() < deadline {
    if condition() { return true }
    usleep(10_000)
  }
  return condition()
}
