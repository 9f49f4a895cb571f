import Foundation
import ModelVersions

/// The file with the bearer token that requests need.
struct TokenFile: Sendable {
  /// The greatest size of the file, in bytes.
  private static let most = 65_536

  let path: String

  /// Reads the token.
  ///
  /// - Throws: `ServeError`, which names the file.
  func read() throws -> String {
    guard let bytes = try DiskFiles().contents(of: path, limit: Self.most) else { throw ServeError.missingToken(path) }
    guard bytes.count <= Self.most, let text = String(validating: bytes, as: UTF8.self) else {
      throw ServeError.unreadableToken(path, limit: Self.most)
    }
    return try Self.trimmed(text, from: path)
  }

  /// - Parameter place: the source's name in an error.
  static func trimmed(_ text: String, from place: String) throws -> String {
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else { throw ServeError.emptyToken(place) }
    // A header could not carry it.
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw ServeError.malformedToken(place) }
    return token
  }
}
