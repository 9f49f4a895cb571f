import CanonicalJSON

/// The typed value of a param, from the text that stands in the file and the type that the program declares.
///
/// YAML's own guesses (`no`, `012`, `12:30`, `1e-3`) play no part, so a value means the same in the file, in `--set`
/// and in the program.
enum ParamText {
  /// - Throws: what the text is not, at its place.
  static func value(_ node: YAMLNode, _ param: ParamDescription) throws(Diagnostic) -> JSON {
    if node.isNull {
      guard param.defaultValue == .null || param.type != "text" else { return try scalar(node, param) }
      guard param.defaultValue == .null else {
        throw Diagnostic(node.place, "expected \(expectation(param)), found nothing")
      }
      return .null
    }
    guard param.isList else { return try scalar(node, param) }
    guard case .sequence(let items) = node.content else { return .array([try scalar(node, param)]) }
    var values: [JSON] = []
    for item in items { values.append(try scalar(item, param)) }
    return .array(values)
  }

  private static func expectation(_ param: ParamDescription) -> String {
    switch param.type {
    case "integer": "a whole number"
    case "number": "a number"
    case "boolean": "true or false"
    case "choice": "one of \(param.choices.joined(separator: ", "))"
    default: "a text"
    }
  }

  /// A remedy for text that YAML takes for a mapping, since it has a colon.
  private static func quoted(_ node: YAMLNode, _ param: ParamDescription) -> String {
    guard param.type == "text", case .mapping(let pairs) = node.content, pairs.count == 1,
      let key = pairs[0].key.scalar, let value = pairs[0].value.scalar
    else { return "" }
    return "; put text with a colon in quotes: \"\(key): \(value)\""
  }

  private static func scalar(_ node: YAMLNode, _ param: ParamDescription) throws(Diagnostic) -> JSON {
    guard let text = node.scalar else {
      throw Diagnostic(node.place, "expected \(expectation(param)), found \(node.kind)\(quoted(node, param))")
    }
    guard !text.utf8.contains(0) else { throw Diagnostic(node.place, "a text cannot hold a zero byte") }
    let value: JSON? =
      switch param.type {
      case "integer": integer(text)
      case "number": number(text)
      case "boolean": text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
      case "choice": param.choices.contains(text) ? .string(text) : nil
      default: .string(text)
      }
    guard let value else {
      let hint =
        switch param.type {
        case "choice": suggestion(for: text, among: param.choices)
        case "boolean": "; write true or false"
        case "integer" where integer(text.drop { $0 == "0" }) != nil: "; write it without leading zeros"
        default: ""
        }
      let expected = param.type == "choice" ? "a choice" : Self.expectation(param)
      throw Diagnostic(node.place, "\"\(text)\" is not \(expected)\(hint)")
    }
    return value
  }

  /// Decimal digits with an optional sign; no leading zeros, which some take for octal.
  private static func integer(_ text: some StringProtocol) -> JSON? {
    let digits = text.first.map { "+-".contains($0) } == true ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 48...57 ~= $0 }), digits.count == 1 || digits.first != "0" else {
      return nil
    }
    return Int64(text).map { .integer($0) }
  }

  /// Digits, a point, an exponent; neither infinities nor hexadecimal.
  private static func number(_ text: String) -> JSON? {
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { 48...57 ~= $0 }),
      bytes.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }),
      let value = Double(text), value.isFinite
    else { return nil }
    return .number(value == 0 ? 0 : value)
  }
}
