package import CanonicalJSON
import SystemFiles

/// An installation of the programs: `bin/runner` and, in `libexec/tandem`, the stages with the table of their
/// identities, so that an installed stage and one of a checkout have the same keys.
package enum Installation {
  /// Writes the table of identities into a folder of stage programs that were built from a checkout.
  ///
  /// - Parameters:
  ///   - description: what `swift package dump-package` prints.
  /// - Returns: the names of the programs.
  package static func writeTable(into folder: String, checkout: String, description: JSON) throws -> [String] {
    let sources = try PackageSources(root: checkout)
    let table = try ProgramTable(
      sources: sources.digest, identities: sources.identities(description), folder: folder, isInstalled: true)
    try table.publish(to: "\(folder)/\(ProgramFolder.tableName)")
    return table.programs.keys.sorted()
  }

  /// The checkout that this runner was built in; `nil` if it is installed, also into a folder of a checkout.
  private static var checkout: String? {
    let runner = ProgramFinder.runner
    return ProgramFinder.installed(beside: runner) == nil ? ReleaseBuild.checkout(above: runner) : nil
  }

  private static func isWorkingFolder(_ path: String) -> Bool { FileStamp(path) == FileStamp(".") }

  /// The command that starts one of Tandem's own tools from the working folder: by its name or path if it is
  /// installed, or else through the checkout.
  package static func command(_ tool: String) -> String {
    if let checkout {
      let place = isWorkingFolder(checkout) ? "" : "--package-path \(checkout.shellWord) "
      return "swift run \(place)-c release \(tool)"
    }
    let beside = besideRunner(tool)
    guard let stamp = FileStamp(beside) else { return tool }
    return ProcessEnvironment.find(tool).flatMap { FileStamp($0) } == stamp ? tool : beside.shellWord
  }

  private static func besideRunner(_ tool: String) -> String { "\(Files.folder(of: ProgramFinder.runner))/\(tool)" }

  /// Has this process become one of Tandem's own tools: the one beside an installed runner, or that of the checkout's
  /// release build.
  package static func become(_ tool: String, _ arguments: [String]) throws -> Never {
    let path: String
    let remedy: String
    if let checkout {
      let isServer = tool == "serve"
      let package = isServer ? "\(checkout)/Server" : checkout
      path = "\(package)/.build/release/\(tool)"
      remedy = "type: swift build -c release --package-path \(package.shellWord)\(isServer ? " --product serve" : "")"
    } else {
      let beside = besideRunner(tool)
      path = Host.isExecutable(beside) ? beside : ProcessEnvironment.find(tool) ?? beside
      remedy = "install it beside the runner"
    }
    guard Host.isExecutable(path) else { throw PipelineError.noTool(name: path, remedy: remedy) }
    try Host.become(path, arguments)
  }

  /// The folders with the recipes of pipelines and with the documentation, as one names them from the working folder;
  /// `nil` if they are not there.
  package static var recipes: (recipes: String, documents: String)? {
    if let checkout {
      let place = isWorkingFolder(checkout) ? "" : "\(checkout)/"
      return ("\(place)pipelines", "\(place)Docs")
    }
    let share = "\(Files.folder(of: Files.folder(of: ProgramFinder.runner)))/share"
    let found = ("\(share)/tandem/pipelines", "\(share)/doc/tandem/Docs")
    return Files.isFolder(found.0) ? found : nil
  }
}
