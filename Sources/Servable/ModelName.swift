import DisplayText

/// The name by which servers know a model: a folder's, and part of a URL, so that neither has to quote it.
public struct ModelName: Sendable, Equatable, CustomStringConvertible {
  public let description: String

  public struct Refusal: Error, Equatable, CustomStringConvertible {
    public let name: String

    public var description: String {
      "\"\(name.printable)\" cannot be a model's name; give letters, digits, \"-\", \"_\" and \".\", the first a letter or "
        + "digit, at most 200"
    }
  }

  public init(_ name: String) throws(Refusal) {
    func isPlain(_ character: Character) -> Bool { character.isASCII && (character.isLetter || character.isNumber) }
    guard let first = name.first, isPlain(first), name.allSatisfy({ isPlain($0) || "-_.".contains($0) }),
      name.utf8.count <= 200
    else { throw Refusal(name: name) }
    description = name
  }
}
