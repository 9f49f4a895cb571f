import ArgumentParser
import Interactions
import StageKit

extension TextEncoding: ChoiceParam {}

/// Options of delimited text alone.
struct DelimitedOptions: ParsableArguments {
  @Option(help: ArgumentHelp("One character, or \"tab\"; tab for .tsv and .tab, else a comma.", valueName: "character"))
  var separator: String?

  @Option(help: ArgumentHelp("The first row names the columns.", valueName: "boolean"))
  var header = true

  @Option(help: ArgumentHelp("Names of the interactions' columns; repeat.", valueName: "name"))
  var columns: [String] = []

  @Option(help: ArgumentHelp("Encoding of the text.", valueName: "name"))
  var encoding = TextEncoding.utf8

  func validate() throws { _ = try separatorByte() }

  func format() throws -> DelimitedFormat {
    var format = DelimitedFormat()
    format.separator = try separatorByte()
    format.hasHeader = header
    format.columns = columns
    format.encoding = encoding
    return format
  }

  private func separatorByte() throws -> UInt8? {
    guard let separator else { return nil }
    if ["tab", "\\t"].contains(separator) { return UInt8(ascii: "\t") }
    guard separator.utf8.count == 1, let byte = separator.utf8.first, byte >= 0x20 || byte == 9,
      byte != UInt8(ascii: "\"")
    else { throw ValidationError("--separator is \"\(separator)\"; give one character of ASCII, or \"tab\"") }
    return byte
  }
}
