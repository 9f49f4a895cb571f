/// The name of a served model, which needs no quoting as a folder or in a URL.
public struct ModelName: Sendable, Equatable, CustomStringConvertible {
  public let description: String

  /// Checks that `name` has at most 200 ASCII letters, digits, "-", "_" and ".", the first a letter or digit.
  ///
  /// - Throws: `ServableError.invalidModelName`.
  public init(_ name: String) throws(ServableError) {
    func isPlain(_ character: Character) -> Bool { character.isASCII && (character.isLetter || character.isNumber) }
    guard let first = name.first, isPlain(first), name.allSatisfy({ isPlain($0) || "-_.".contains($0) }),
      name.utf8.count <= 200
    else { throw .invalidModelName(name) }
    description = name
  }
}
