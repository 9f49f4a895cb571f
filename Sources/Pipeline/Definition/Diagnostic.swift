import DisplayText

/// A place in the pipeline file, or an option of the command line.
package enum Place: Sendable, Equatable {
  /// Line and column count from 1, the column in Unicode scalars.
  case file(line: Int, column: Int)
  case option(String)
}

/// One thing that is wrong with a pipeline, and its place.
package struct Diagnostic: Error, Equatable {
  package var place: Place
  package var message: String

  package init(_ place: Place, _ message: String) {
    self.place = place
    self.message = message
  }
}

/// Everything that is wrong with a pipeline, found before anything has run.
package struct InvalidPipeline: Error, Sendable {
  package let path: String
  package let lines: [String]
  package let diagnostics: [Diagnostic]

  package init(path: String, text: String, diagnostics: [Diagnostic]) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    self.diagnostics = diagnostics.sorted { Self.order($0.place) < Self.order($1.place) }
  }

  private static func order(_ place: Place) -> (Int, Int) {
    switch place {
    case .file(let line, let column): (line, column)
    case .option: (.max, 0)
    }
  }
}

extension InvalidPipeline: CustomStringConvertible {
  package var description: String { diagnostics.map { describe($0) }.joined(separator: "\n") }

  private func describe(_ diagnostic: Diagnostic) -> String {
    switch diagnostic.place {
    case .option(let option): return "\(option): \(diagnostic.message)"
    case .file(let line, let column):
      let head = "\(path):\(line):\(column): \(diagnostic.message)"
      guard lines.indices.contains(line - 1) else { return head }
      let shown = String(lines[line - 1].prefix(160))
      let indent = shown.unicodeScalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
      return "\(head)\n    \(shown)\n    \(indent)^"
    }
  }
}

/// The end of an error about an unknown name: "; did you mean …", or the names that exist.
func suggestion(for name: String, among names: some Sequence<String>) -> String {
  let names = names.sorted()
  if let nearest = nearestName(to: name, among: names) { return "; did you mean \"\(nearest)\"?" }
  return names.isEmpty ? "" : "; there \(names.count == 1 ? "is" : "are") \(names.joined(separator: ", "))"
}
