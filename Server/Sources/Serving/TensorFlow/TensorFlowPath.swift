import Foundation
import ModelVersions

/// What a path under `/v1/models` asks (TensorFlow Serving, RESTful API).
struct TensorFlowPath: Equatable {
  enum Verb: Equatable {
    case status, metadata
    case call(String)
  }

  var model: String
  var choice = VersionChoice.current
  var verb = Verb.status

  enum Malformed: Error { case missingModel, malformed }

  /// - Parameter segments: behind `/v1`, not yet decoded.
  init(_ segments: [Substring], isGet: Bool) throws(Malformed) {
    guard segments.first?.lowercased() == "models" else { throw .malformed }
    var rest = segments.dropFirst().map(String.init)
    guard var last = rest.popLast(), !last.isEmpty else {
      guard isGet else { throw .malformed }
      throw .missingModel
    }
    if isGet {
      if last.lowercased() == "metadata", !rest.isEmpty {
        verb = .metadata
        last = rest.removeLast()
      }
      let isCall = [":predict", ":classify", ":regress"].contains { last.lowercased().hasSuffix($0) }
      guard !isCall else { throw .malformed }
    } else {
      guard let colon = last.lastIndex(of: ":") else { throw .malformed }
      verb = .call(last[last.index(after: colon)...].lowercased())
      last = String(last[..<colon])
      guard [.call("predict"), .call("classify"), .call("regress")].contains(verb) else { throw .malformed }
    }
    rest.append(last)
    guard let name = rest[0].percentDecoded, !name.isEmpty else { throw .malformed }
    model = name
    switch (rest.count, rest.count > 1 ? rest[1].lowercased() : "") {
    case (1, _): break
    case (3, "versions"):
      guard let number = Int(rest[2]), rest[2].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .malformed }
      choice = .number(number)
    case (3, "labels"):
      guard let label = rest[2].percentDecoded else { throw .malformed }
      choice = .label(label)
    default: throw .malformed
    }
  }
}

extension String {
  /// Nil where it is not UTF-8 that is percent-encoded. Most names have nothing to decode.
  var percentDecoded: String? { utf8.contains(0x25) ? removingPercentEncoding : self }
}
