import Foundation
import JSON
import Servable

/// Parameters of the server's own API, from a query string or a JSON object: the same names in both.
struct Parameters {
  private var values: [String: [String]] = [:]

  /// - Parameter query: of the URL, not decoded.
  init(query: Substring?) throws {
    for pair in (query ?? "").split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding }
      guard let name = decoded[0], let value = decoded.count > 1 ? decoded[1] : "" else {
        throw RequestError.bad("the query string \"\(pair)\" is not percent-encoded UTF-8")
      }
      values[name, default: []].append(value)
    }
  }

  /// - Parameter body: an object whose values are strings, numbers, booleans or lists of these.
  init(body: [UInt8]) throws(RequestError) {
    guard let members = try JSONReader.document(body).members else { throw .bad("the body is no JSON object") }
    for (name, value) in members.map({ ($0.name, $0.value) }) {
      guard values[name] == nil else { throw .bad("\"\(name)\" is given twice") }
      var list: [String] = []
      for item in value.array ?? [value] {
        switch item {
        case .string(let text), .number(let text): list.append(text)
        case .bool(let isTrue): list.append("\(isTrue)")
        default: throw .bad("\"\(name)\" is neither a string, a number, a boolean nor a list of these")
        }
      }
      values[name] = list
    }
  }

  /// - Throws: for the first name that is none of these.
  func refuseOthers(than names: [String]) throws {
    if let other = values.keys.sorted().first(where: { !names.contains($0) }) {
      throw RequestError.bad("no parameter \"\(other)\"; there are \(names.joined(separator: ", "))")
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
    guard let number = Int(text), range ~= number else {
      throw RequestError.bad(
        "\"\(name)\" is \"\(text)\"; give a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ name: String) throws -> Bool {
    switch try text(name) {
    case nil, "false": false
    case "true", "": true
    case .some(let text): throw RequestError.bad("\"\(name)\" is \"\(text)\"; give true or false")
    }
  }

  func conditions(_ name: String) throws -> [FieldFilter.Condition] {
    try list(name).map { text in
      guard let condition = FieldFilter.Condition(text) else {
        throw RequestError.bad("\"\(name)\" is \"\(text)\"; give a field and a value, as genres=Comedy")
      }
      return condition
    }
  }
}
