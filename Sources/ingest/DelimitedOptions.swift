import ArgumentParser
import Interactions
import StageKit

/// The character that a backslash stands before.
enum EscapeRule: String, ChoiceParam { case none, backslash }

/// Options of delimited text alone.
struct DelimitedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Text between fields, or \"tab\"; found if not given: tab for .tsv and .tab, else a comma, or another one that "
        + "alone gives the named columns.", valueName: "text"))
  var separator: String?

  @Option(help: ArgumentHelp("Character around fields, or \"none\"; \" if not given.", valueName: "character"))
  var quote: String?

  @Option(help: ArgumentHelp("Meaning of a backslash: itself, or an escape as in MySQL.", valueName: "rule"))
  var escape = EscapeRule.none

  @Option(help: ArgumentHelp("The first row names the columns.", valueName: "boolean"))
  var header = true

  @Option(help: ArgumentHelp("Names of the interactions' columns; repeat.", valueName: "name"))
  var columns: [String] = []

  func validate() throws { _ = try format(.utf8, threads: 1) }

  func format(_ encoding: TextEncoding, threads: Int) throws -> DelimitedFormat {
    var format = DelimitedFormat()
    format.quote = try quoteByte()
    format.separator = try separatorText(quote: format.quote)
    format.hasBackslashEscapes = escape == .backslash
    format.hasHeader = header
    format.columns = columns
    format.encoding = encoding
    format.threads = threads
    return format
  }

  private func separatorText(quote: UInt8?) throws -> String? {
    guard let separator else { return nil }
    if ["tab", "\\t"].contains(separator) { return "\t" }
    guard 1...8 ~= separator.utf8.count, separator.utf8.allSatisfy({ $0 >= 0x20 || $0 == 9 }),
      !separator.utf8.contains(where: { $0 == quote || $0 == UInt8(ascii: "\\") && escape == .backslash })
    else {
      throw ValidationError("--separator is \"\(separator)\"; give 1 to 8 characters without quotes, or \"tab\"")
    }
    return separator
  }

  private func quoteByte() throws -> UInt8? {
    guard let quote else { return UInt8(ascii: "\"") }
    if quote == "none" { return nil }
    guard quote.utf8.count == 1, let byte = quote.utf8.first, byte > 0x20, byte != UInt8(ascii: "\\") else {
      throw ValidationError("--quote is \"\(quote)\"; give one character of ASCII, or \"none\"")
    }
    return byte
  }
}
