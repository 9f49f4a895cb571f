import ArgumentParser
import Interactions
import StageKit

extension TextEncoding: ChoiceParam {}

/// Options of the formats of text whose encoding varies.
struct TextOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Encoding of the text; UTF-16 is found by its byte order mark.", valueName: "name"))
  var encoding = TextEncoding.utf8
}
