/// The progress of a stage, read from a line of its own output. Docs/reference/stage-contract.md has the forms.
package struct StageProgress: Sendable, Equatable {
  /// The line without the name of the program.
  package var text: String
  /// The share of the work that is done, 0 to 1; `nil` if the line does not say.
  package var share: Double?
  /// `nil` if the line does not say.
  package var secondsLeft: Double?

  /// Words that may stand before "3 of 10" at the beginning of a line.
  private static let parts: Set = [
    "batch", "block", "epoch", "fold", "iteration", "part", "pass", "round", "step", "trial",
  ]

  private static let units = ["s": 1.0, "min": 60, "h": 3600]

  /// - Returns: `nil` if the line says nothing about progress.
  package init?(_ line: String) {
    // The beginning and the end of a very long line are all that a person would read.
    guard line.utf8.count <= 1000 else { return nil }
    text = Self.withoutProgram(line)
    let words = text.split { $0 == " " || $0 == "," || $0 == ":" || $0 == ";" }
    secondsLeft = Self.left(words)
    share = Self.percentage(words) ?? Self.part(words, anywhere: secondsLeft != nil)
    if share == nil, secondsLeft == nil { return nil }
  }

  /// A line without "PROGRAM: " at its beginning.
  package static func withoutProgram(_ line: String) -> String {
    guard let colon = line.firstIndex(of: ":"), line[..<colon].allSatisfy({ $0 != " " }),
      line[line.index(after: colon)...].hasPrefix(" ")
    else { return line }
    return String(line[line.index(colon, offsetBy: 2)...])
  }

  /// "about 12 s left".
  private static func left(_ words: [Substring]) -> Double? {
    for place in words.indices where words[place] == "left" && place >= 3 && words[place - 3] == "about" {
      if let unit = units[String(words[place - 1])], let count = Double(words[place - 2]), count.isFinite {
        return max(count, 0) * unit
      }
    }
    return nil
  }

  /// "35 % done", or "35%" at the beginning of the line.
  private static func percentage(_ words: [Substring]) -> Double? {
    for place in words.indices where words[place] == "done" && place >= 2 && words[place - 1] == "%" {
      return Double(words[place - 2]).flatMap { share($0, of: 100) }
    }
    guard let first = words.first, let end = first.firstIndex(of: "%") else { return nil }
    return Double(first[..<end]).flatMap { share($0, of: 100) }
  }

  /// "epoch 3 of 10" at the beginning of the line, or "3 of 10" anywhere.
  private static func part(_ words: [Substring], anywhere: Bool) -> Double? {
    for place in words.indices.dropFirst(2) where words[place - 1] == "of" {
      let isNamed = place == 3 && parts.contains(words[0].lowercased())
      guard anywhere || isNamed, let done = Double(words[place - 2]), let all = Double(words[place]) else { continue }
      return share(done, of: all)
    }
    return nil
  }

  private static func share(_ done: Double, of all: Double) -> Double? {
    all > 0 && done >= 0 && done <= all ? done / all : nil
  }
}
