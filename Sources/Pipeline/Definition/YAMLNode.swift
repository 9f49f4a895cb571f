import Yams

/// YAML with its positions, its aliases resolved, and its scalars as they are spelt.
package struct YAMLNode: Sendable {
  /// The content of a node.
  package enum Content: Sendable {
    /// `isPlain` distinguishes `null` from `"null"`.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  package var content: Content
  package var place: Place

  package init(_ content: Content, at place: Place) {
    self.content = content
    self.place = place
  }

  package var scalar: String? { if case .scalar(let text, _) = content { text } else { nil } }

  /// Nothing, `~` or `null`, not quoted.
  package var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  var kind: String {
    switch content {
    case .scalar: "a value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// Reads the text of a pipeline file within limits that no honest file reaches.
enum YAMLReader {
  static let maximumBytes = 1 << 20
  static let maximumDepth = 32
  static let maximumNodes = 100_000

  /// - Throws: why the text is not YAML, or too much of it, at its place.
  static func read(_ text: String) throws(Diagnostic) -> YAMLNode {
    guard text.utf8.count <= maximumBytes else {
      throw Diagnostic(line: 1, column: 1, "the file has \(text.utf8.count) bytes, and \(maximumBytes) are the most")
    }
    let root: Node?
    do { root = try Parser(yaml: text).singleRoot() } catch { throw Diagnostic(error, in: text) }
    guard let root else { throw Diagnostic(line: 1, column: 1, "the file is empty; expected \"stages:\"") }
    var budget = maximumNodes
    return try convert(root, depth: 0, budget: &budget)
  }

  /// A value given on the command line: a list or a quoted text as YAML has it, anything else as it is.
  static func value(_ text: String, option: String) throws(Diagnostic) -> YAMLNode {
    guard let first = text.first, "['\"".contains(first) else {
      return YAMLNode(.scalar(text, isPlain: true), at: .option(option))
    }
    var node = try read(text)
    node.place = .option(option)
    if case .sequence(let items) = node.content {
      node.content = .sequence(items.map { YAMLNode($0.content, at: .option(option)) })
    }
    return node
  }

  private static func convert(_ node: Node, depth: Int, budget: inout Int) throws(Diagnostic) -> YAMLNode {
    let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
    let place = Place.file(line: line, column: column)
    budget -= 1
    guard budget >= 0 else {
      throw Diagnostic(line: line, column: column, "more than \(maximumNodes) values, aliases counted")
    }
    guard depth < maximumDepth else {
      throw Diagnostic(line: line, column: column, "nested more than \(maximumDepth) deep")
    }
    switch node {
    case .scalar(let scalar): return YAMLNode(.scalar(scalar.string, isPlain: scalar.style == .plain), at: place)
    case .sequence(let items):
      var converted: [YAMLNode] = []
      for item in items { converted.append(try convert(item, depth: depth + 1, budget: &budget)) }
      return YAMLNode(.sequence(converted), at: place)
    case .mapping(let pairs):
      var converted: [(key: YAMLNode, value: YAMLNode)] = []
      for (key, value) in pairs {
        converted.append(
          (try convert(key, depth: depth + 1, budget: &budget), try convert(value, depth: depth + 1, budget: &budget)))
      }
      return YAMLNode(.mapping(converted), at: place)
    case .alias: throw Diagnostic(line: line, column: column, "an alias of nothing")
    }
  }
}

extension Diagnostic {
  fileprivate init(line: Int, column: Int, _ message: String) {
    self.init(.file(line: line, column: column), message)
  }

  fileprivate init(_ error: any Error, in text: String) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first ?? ""
      let hint = line.prefix { $0 == " " || $0 == "\t" }.contains("\t") ? "; indent with spaces, not tabs" : ""
      self.init(line: mark.line, column: mark.column, "not YAML: \(problem)\(hint)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let key = duplicates.first ?? ""
      let place = Self.repetition(of: key, from: context.mark, in: text)
      self.init(line: place.line, column: place.column, "\"\(key)\" is given twice")
    case .reader(let problem, _, _, _): self.init(line: 1, column: 1, "not YAML: \(problem)")
    default: self.init(line: 1, column: 1, "not YAML: \(error)")
    }
  }

  /// The line and column of a key that a mapping, whose first key stands at `mark`, has for the second time: in block
  /// style in the same column, in flow style on the same line; elsewhere it is the mapping that is named.
  private static func repetition(of key: String, from mark: Mark, in text: String) -> (line: Int, column: Int) {
    let repeated = Array("\(key):".unicodeScalars)
    var found = 0
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .dropFirst(mark.line - 1)
    {
      let scalars = Array(line.unicodeScalars)
      for column in scalars.indices where scalars[column...].starts(with: repeated) {
        let isBlock = column == mark.column - 1
        let isFlow =
          number == mark.line - 1 && column >= mark.column && " {,".unicodeScalars.contains(scalars[column - 1])
        guard isBlock || isFlow else { continue }
        found += 1
        if found == 2 { return (number + 1, column + 1) }
      }
    }
    return (mark.line, mark.column)
  }
}
