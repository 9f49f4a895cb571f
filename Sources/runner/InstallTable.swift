import ArgumentParser
import CanonicalJSON
import Pipeline
import SystemFiles

/// Writes the table of identities for `Scripts/package`.
struct InstallTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the table of identities of stage programs that were built from a checkout.", shouldDisplay: false)

  @Argument(help: "The folder of the programs.") var folder: String
  @Option(help: "The checkout.") var checkout: String
  @Option(help: "What \"swift package dump-package\" printed.") var description: String

  func run() throws {
    try Runner.exiting {
      let package = try JSON.parse(Files.read(description, limit: 16 << 20))
      for name in try Installation.writeTable(into: folder, checkout: checkout, description: package) { print(name) }
    }
  }
}
