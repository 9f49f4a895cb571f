import JSON
import Servable

/// The parameters of a request to the server's own API, read from a query string or a JSON object.
struct Parameters {
  private var values: [String: [String]] = [:]
  /// Objects of a JSON body: the values of their members.
  private var objects: [String: [String: [String]]] = [:]
  /// The most parameters of one request.
  private static let most = 32

  /// Reads a query string.
  ///
  /// - Parameter query: still percent-encoded.
  init(query: Substring?) throws {
    // Bytes are split ten times as fast as characters.
    for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map({ Substring($0) }) {
      let parts = pair.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        .map { Substring($0) }
      guard let name = parts[0].percentDecoded(plusIsSpace: true),
        let value = parts.count > 1 ? parts[1].percentDecoded(plusIsSpace: true) : ""
      else { throw RequestError.bad("the query string \"\(pair.prefix(100))\" is not percent-encoded UTF-8") }
      values[name, default: []].append(value)
    }
  }

  /// Reads a JSON object.
  ///
  /// - Parameters:
  ///   - body: an object whose values are strings, numbers, booleans or lists of these.
  ///   - nested: the names whose values may be such objects themselves.
  init(body: [UInt8], nested: [String] = []) throws(RequestError) {
    guard let members = try JSONReader.document(body).members else { throw .bad("the body is not a JSON object") }
    guard members.count <= Self.most else {
      throw .bad("the body has \(members.count) members; there are no more than \(Self.most) parameters")
    }
    for (name, value) in members.map({ ($0.name, $0.value) }) {
      guard values[name] == nil, objects[name] == nil else { throw .bad("\"\(name.prefix(100))\" is given twice") }
      // A null counts as not given.
      guard value != .null else { continue }
      if let members = value.members, nested.contains(name) {
        objects[name] = try Self.object(members, name)
      } else {
        values[name] = try Self.texts(value, name)
      }
    }
  }

  private static func texts(_ value: JSONValue, _ name: String) throws(RequestError) -> [String] {
    var list: [String] = []
    for item in value.array ?? [value] {
      switch item {
      case .string(let text), .number(let text): list.append(text)
      case .bool(let isTrue): list.append("\(isTrue)")
      default: throw .bad("\"\(name.prefix(100))\" is neither a string, a number, a boolean nor a list of these")
      }
    }
    return list
  }

  private static func object(
    _ members: [JSONValue.Member], _ name: String
  ) throws(RequestError) -> [String: [String]] {
    var object: [String: [String]] = [:]
    for member in members where member.value != .null {
      let path = "\(name).\(member.name)"
      guard object[member.name] == nil else { throw .bad("\"\(path.prefix(100))\" is given twice") }
      object[member.name] = try texts(member.value, path)
    }
    return object
  }

  /// Throws a `RequestError` for the first parameter whose name is not among `names`.
  func refuseOthers(than names: [String]) throws {
    if let other = (Array(values.keys) + objects.keys).filter({ !names.contains($0) }).min() {
      throw RequestError.bad("no parameter \"\(other.prefix(100))\"; there are \(names.joined(separator: ", "))")
    }
  }

  func text(_ name: String) throws -> String? {
    guard let list = values[name] else { return nil }
    guard list.count == 1 else { throw RequestError.bad("\"\(name)\" is given \(list.count) times") }
    return list[0]
  }

  func required(_ name: String) throws -> String {
    guard let text = try text(name) else { throw RequestError.bad("the parameter \"\(name)\" is missing") }
    return text
  }

  func list(_ name: String) -> [String] { values[name] ?? [] }

  func number(_ name: String, in range: ClosedRange<Int>, or usual: Int) throws -> Int {
    guard let text = try text(name) else { return usual }
    guard let number = JSONValue.wholeNumber(text), range ~= number else {
      throw RequestError.bad(
        "\"\(name)\" is \"\(text.prefix(100))\"; give a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ name: String) throws -> Bool {
    switch try text(name) {
    case nil, "false": false
    case "true", "": true
    case .some(let text): throw RequestError.bad("\"\(name)\" is \"\(text.prefix(100))\"; give true or false")
    }
  }

  /// Returns the values of features that a parameter gives: as an object of a JSON body, or as texts such as age=24.
  ///
  /// - Parameter limit: the greatest number of values.
  func features(_ name: String, atMost limit: Int) throws(RequestError) -> [String: [String]] {
    var features = objects[name] ?? [:]
    for text in list(name) {
      // A column's name may begin with the sign, and has at least one letter.
      guard let sign = text.dropFirst().firstIndex(of: "=") else {
        throw .bad("\"\(name)\" is \"\(text.prefix(100))\"; give a feature and a value, as age=24")
      }
      features[String(text[..<sign]), default: []].append(String(text[text.index(after: sign)...]))
    }
    let count = features.values.reduce(0) { $0 + $1.count }
    guard count <= limit else { throw .bad("\"\(name)\" has \(count) values; at most \(limit) are looked up") }
    return features
  }

  /// Returns the conditions on fields that a parameter gives.
  ///
  /// - Parameter limit: the greatest number of conditions.
  func conditions(_ name: String, atMost limit: Int) throws -> [FieldFilter.Condition] {
    let texts = list(name)
    guard texts.count <= limit else {
      throw RequestError.bad("\"\(name)\" is given \(texts.count) times; at most \(limit) conditions are looked up")
    }
    return try texts.map { text in
      guard let condition = FieldFilter.Condition(text) else {
        throw RequestError.bad("\"\(name)\" is \"\(text.prefix(100))\"; give a field and a value, as genres=Comedy")
      }
      return condition
    }
  }
}
