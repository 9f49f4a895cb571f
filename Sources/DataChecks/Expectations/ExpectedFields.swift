import DisplayText
import Interactions

/// The fields of one group of a file of expectations, read by name.
struct ExpectedFields {
  private let group: String
  private var values: [String: YAMLTree] = [:]

  /// - Parameter known: names of the fields that the group may have; any if `nil`.
  init(_ tree: YAMLTree, of group: String, known: [String]?) throws(DataCheckError) {
    self.group = group
    guard case .fields(let fields) = tree.content else {
      throw .badExpectations(line: tree.line, .notFields(of: group, found: tree.kind))
    }
    for (name, value) in fields {
      guard case .scalar(let field) = name.content else {
        throw .badExpectations(line: name.line, .notFields(of: group, found: "a field whose name is \(name.kind)"))
      }
      if let known, !known.contains(field) {
        throw .badExpectations(
          line: name.line,
          .unknownField(field, of: group, nearest: nearestName(to: field, among: known), known: known))
      }
      guard values.updateValue(value, forKey: field) == nil else {
        throw .badExpectations(line: name.line, .repeated(field))
      }
    }
  }

  /// Names and values, by name.
  var all: [(name: String, value: YAMLTree)] { values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  func tree(_ field: String) -> YAMLTree? { values[field] }

  func count(_ field: String) throws(DataCheckError) -> Int? {
    try read(field, "a whole number, 0 or more") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
  }

  func number(_ field: String) throws(DataCheckError) -> Double? {
    try read(field, "a number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
  }

  func share(_ field: String) throws(DataCheckError) -> Double? {
    try read(field, "a share, 0 to 1") { Double($0).flatMap { 0...1 ~= $0 ? $0 : nil } }
  }

  /// A day, since 1970.
  func day(_ field: String) throws(DataCheckError) -> Int? {
    try read(field, "a day, as 2026-11-28") { DayRows.day($0) }
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: String, _ type: Choice.Type = Choice.self
  ) throws(DataCheckError) -> Choice? {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try read(field, "one of \(words)") { Choice(rawValue: $0) }
  }

  func list(_ field: String) throws(DataCheckError) -> [String]? {
    guard let tree = values[field] else { return nil }
    guard case .list(let items) = tree.content else { throw bad(tree, field, "a list of values, as [1, 2]") }
    var texts: [String] = []
    for item in items {
      guard case .scalar(let text) = item.content else { throw bad(item, "a value of \(field)", "a single value") }
      texts.append(text)
    }
    return texts
  }

  private func read<Value>(
    _ field: String, _ expected: String, _ value: (String) -> Value?
  ) throws(DataCheckError) -> Value? {
    guard let tree = values[field] else { return nil }
    guard case .scalar(let text) = tree.content, let value = value(text) else { throw bad(tree, field, expected) }
    return value
  }

  private func bad(_ tree: YAMLTree, _ field: String, _ expected: String) -> DataCheckError {
    .badExpectations(line: tree.line, .badValue(tree.kind, field: "\(field) of \(group)", expected: expected))
  }
}
