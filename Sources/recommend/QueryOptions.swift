import ArgumentParser
import Artifacts
import Servable
import SystemFiles

/// The queries to recommend to: ids, or a history in place of an id.
struct QueryOptions: ParsableArguments {
  @Argument(help: "Raw query ids, such as user ids.")
  var queries: [String] = []

  @Option(
    name: .customLong("queries"),
    help: ArgumentHelp("A file with one raw id per line; \"-\" for standard input.", valueName: "file"))
  var queriesFile: String?

  @Option(
    help: ArgumentHelp("Recommend from this candidate in a history; repeat for several.", valueName: "title"))
  var history: [String] = []

  @Option(
    help: ArgumentHelp(
      "Recommend to somebody unknown with this feature of queries, as age=24, or to the ids in this context, as "
        + "timestamp=2026-03-01T20:15, where the model reads such; repeat for several.", valueName: "column=value"))
  var feature: [String] = []

  var isEmpty: Bool { queries.isEmpty && queriesFile == nil && history.isEmpty && feature.isEmpty }

  /// `true` if ids are given, or a file of them.
  var hasIDs: Bool { !queries.isEmpty || queriesFile != nil }

  func validate() throws {
    let others = [("ids", hasIDs), ("--feature", !feature.isEmpty)].filter(\.1).map(\.0)
    if !history.isEmpty, let other = others.first {
      throw ValidationError("both \(other) and --history are given; give one of them")
    }
    if let wrong = feature.first(where: { !$0.dropFirst().contains("=") }) {
      throw ValidationError("--feature is \"\(wrong)\"; give a column and a value, as --feature occupation=student")
    }
  }

  /// The values of each column of --feature.
  var features: [String: [String]] {
    var features: [String: [String]] = [:]
    for text in feature {
      // A column's name may begin with the sign, and has at least one letter.
      guard let sign = text.dropFirst().firstIndex(of: "=") else { continue }
      features[String(text[..<sign]), default: []].append(String(text[text.index(after: sign)...]))
    }
    return features
  }

  /// Returns the known candidates of the history, and reports the others on standard error.
  ///
  /// - Throws: `ServableError.unknownCandidate` if all are unknown.
  func knownHistory(of servable: Servable) throws -> [String] {
    let (known, unknown) = servable.parted(history)
    for title in unknown {
      do { try servable.require([title]) } catch {
        if known.isEmpty { throw error }
        StandardError.write(line: "recommend: \(error); left out of the history")
      }
    }
    return known
  }

  /// The ids of the command line and of the file.
  func ids() throws -> [String] { try queries + listed() }

  private func listed() throws -> [String] {
    guard let queriesFile else { return [] }
    guard queriesFile != "-" else {
      var lines: [String] = []
      while let line = readLine() { lines.append(line) }
      return lines.filter { !$0.isEmpty }
    }
    let bytes = try Files.read(queriesFile, limit: 4 << 30)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(queriesFile, ValidationError("it is not UTF-8; expected one id per line in UTF-8"))
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}
