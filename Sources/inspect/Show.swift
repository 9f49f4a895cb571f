import ArgumentParser
import Artifacts
import CanonicalJSON
import DataChecks
import Glibc
import Inspection
import SystemFiles

enum ExportForm: String, ExpressibleByArgument, CaseIterable { case csv, npy }

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what an artifact is, where it came from and what is in it (the default).")

  @Argument(help: "A file, or STAGE[@VERSION][.OUTPUT].")
  var target: String

  @OptionGroup var store: StoreOption

  @Flag(help: "Print JSON, for programs.")
  var json = false

  @Option(help: ArgumentHelp("Number of rows of each table to show.", valueName: "number"))
  var rows = 5

  @Option(
    name: .customLong("export"), help: ArgumentHelp("Print a table as csv, or a section as npy.", valueName: "form"))
  var export: ExportForm?

  @Flag(help: "Print the expectations that data statistics meet, as YAML for the stage check.")
  var expectations = false

  @Option(help: ArgumentHelp("The table to export.", valueName: "name"))
  var table: String?

  @Option(help: ArgumentHelp("The section to export.", valueName: "name"))
  var section: String?

  @Option(help: ArgumentHelp("Export into this file.", valueName: "file"))
  var to: String?

  func validate() throws {
    guard rows >= 0 else { throw ValidationError("--rows is \(rows); give 0 or more") }
    if export != .csv, table != nil { throw ValidationError("--table is for --export csv") }
    if export != .npy, section != nil { throw ValidationError("--section is for --export npy") }
    if export == nil, to != nil { throw ValidationError("--to is for --export") }
    if expectations, json || export != nil {
      throw ValidationError("--expectations prints YAML; leave out --json and --export")
    }
    if export != nil, json { throw ValidationError("give --json or --export, not both") }
  }

  func run() throws {
    try Inspect.exiting {
      if expectations { return print(try expectationsText(), terminator: "") }
      if let export { return try self.export(export) }
      let files = try store.files(target)
      if json { return print(try InspectionJSON.of(files, rows: rows).prettyText) }
      let parts = try files.map { try InspectionText($0.file, rows: rows, isBrief: files.count > 1).lines() }
      print(parts.joined(separator: [""]).joined(separator: "\n"))
      if files.count > 1 { print("\nMore of one of them: inspect \(target).\(files[0].output)") }
    }
  }

  /// Returns expectations from the statistics, also of a stage with several outputs.
  private func expectationsText() throws -> String {
    let files = try store.files(target).map(\.file)
    guard let file = files.first(where: { $0.header.type == DataStatistics.type.name }) else {
      throw FileError(
        files.first?.path ?? target,
        ArtifactError.wrongType(found: files.first?.header.type ?? "nothing", wanted: DataStatistics.type.name))
    }
    return ExpectationsText(try DataStatistics(file)).text
  }

  private func export(_ form: ExportForm) throws {
    let file = try store.file(target)
    guard let to else { return try export(file, form, into: FileDescriptor(dup(1))) }
    try Files.publish(to: to, replacing: true, mode: 0o644, isDurable: false) { try export(file, form, into: $0) }
  }

  private func export(_ file: ArtifactFile, _ form: ExportForm, into output: FileDescriptor) throws {
    let write = { (bytes: [UInt8]) in try unsafe bytes.withUnsafeBytes { try unsafe output.write($0) } }
    switch form {
    case .csv: try Export.csv(file, table: table, write: write)
    case .npy: try Export.npy(file, section: section, write: write)
    }
  }
}
