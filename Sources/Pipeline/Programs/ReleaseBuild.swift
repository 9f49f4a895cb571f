import Artifacts
import CanonicalJSON
import Glibc
import SystemFiles

/// Builds the stage programs of a checkout in release, since `swift run runner` builds only the runner, in debug.
package struct ReleaseBuild {
  private let root: String
  /// The path of the build tool, if there is one.
  private let swift: String?
  private var folder: String { "\(root)/.build/release" }
  private var table: String { "\(folder)/\(ProgramFolder.tableName)" }

  package init(root: String) { self.init(root: root, swift: ProcessEnvironment.find("swift")) }

  init(root: String, swift: String?) {
    self.root = root
    self.swift = swift
  }

  /// The checkout that a program was built in, found above it.
  package static func checkout(above program: String) -> String? {
    var folder = Files.folder(of: program)
    while folder != "/", folder != "." {
      if Files.exists("\(folder)/Package.swift"), Files.isFolder("\(folder)/Sources/runner") { return folder }
      folder = Files.folder(of: folder)
    }
    return nil
  }

  /// The programs, if they are built from the sources as they stand.
  package func current() throws -> ProgramFolder? {
    try isCurrent(PackageSources(root: root)) ? ProgramFolder(path: folder) : nil
  }

  /// The programs, built if their sources have changed since.
  package func programs(signals: StopSignals, say: (String) -> Void) throws -> ProgramFolder {
    if let current = try current() { return current }
    guard let swift else { throw PipelineError.noSwift }
    let path = "\(root)/.build/stages.log"
    Files.remove(path)
    let log = try RunLog(path: path)
    say("building the stages (release); the first time takes some minutes, see \(log.path)")
    let description = try JSON.parse(
      run(swift, ["package", "dump-package", "--package-path", root], signals: signals, log: log))
    let before = try PackageSources(root: root)
    _ = try run(swift, ["build", "-c", "release", "--package-path", root], signals: signals, log: log)
    try log.close()
    let built = try PackageSources(root: root)
    guard built.targets == before.targets else { throw PipelineError.sourcesChanging }
    let programs = try built.identities(description)
    try ProgramTable(sources: built.digest, identities: programs, folder: folder, isInstalled: false).publish(to: table)
    return ProgramFolder(path: folder)
  }

  private func isCurrent(_ sources: PackageSources) throws -> Bool {
    guard let table = try? ProgramTable(reading: table), table.sources == sources.digest else { return false }
    return table.programs.allSatisfy { $1.file != nil && $1.file == FileStamp("\(folder)/\($0)") }
  }

  /// - Returns: its output.
  private func run(_ swift: String, _ arguments: [String], signals: StopSignals, log: RunLog) throws -> [UInt8] {
    var printed: [UInt8] = []
    let outcome = try ChildProcess(program: swift, arguments: arguments, environment: ProcessEnvironment.inherited)
      .run(signals: signals) { stream, bytes in
        if stream == .output { printed += bytes }
        if arguments.first != "package" || stream == .error { log.take(bytes) }
      }
    try outcome.checkStopped()
    guard outcome.isSuccess else {
      // The last line need not end with a line break, and is known when the log is closed.
      try? log.close()
      throw PipelineError.buildFailed(log: log.path, lines: log.lastLines.map { String($0.prefix(400)) })
    }
    return printed
  }
}
