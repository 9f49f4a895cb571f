import ModelVersions

/// A path under `/v1/models`: model, version and verb (TensorFlow Serving, RESTful API).
struct TensorFlowPath: Equatable {
  enum Verb: Equatable {
    case status, metadata
    case call(String)
  }

  var model: String
  var choice = VersionChoice.current
  var verb = Verb.status

  enum Malformed: Error, Equatable {
    case missingModel, malformed
    /// A version of digits that does not fit 64 bits.
    case noNumber(String)
  }

  /// Reads a path.
  ///
  /// - Parameter segments: the segments after `/v1`, still percent-encoded.
  init(_ segments: ArraySlice<Substring>, isGet: Bool) throws(Malformed) {
    guard segments.first?.isSame(as: "models") == true else { throw .malformed }
    var rest = segments.dropFirst()
    guard var last = rest.popLast(), !last.isEmpty else { throw isGet ? .missingModel : .malformed }
    let colon = last.utf8.lastIndex(of: UInt8(ascii: ":"))
    if isGet {
      if last.isSame(as: "metadata"), let before = rest.popLast() {
        verb = .metadata
        last = before
      }
      guard colon.map({ Self.call(last[$0...].dropFirst()) == nil }) ?? true else { throw .malformed }
    } else {
      guard let colon, let call = Self.call(last[colon...].dropFirst()) else { throw .malformed }
      verb = .call(call)
      last = last[..<colon]
    }
    rest.append(last)
    guard let name = rest.popFirst()?.percentDecoded(), !name.isEmpty else { throw .malformed }
    model = name
    guard let kind = rest.popFirst() else { return }
    guard let value = rest.popFirst(), rest.isEmpty else { throw .malformed }
    if kind.isSame(as: "versions") {
      guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .malformed }
      guard let number = Int(value) else { throw .noNumber(String(value)) }
      choice = .number(number)
    } else if kind.isSame(as: "labels"), let label = value.percentDecoded() {
      choice = .label(label)
    } else {
      throw .malformed
    }
  }

  private static func call(_ text: Substring) -> String? {
    ["predict", "classify", "regress"].first { text.isSame(as: $0) }
  }
}
