import Foundation
import ModelVersions

/// The file with the bearer token that requests need.
struct TokenFile: Sendable {
  enum Failure: Error, CustomStringConvertible {
    case missing(String)
    case unreadable(String)
    case empty(String)
    case broken(String)

    var description: String {
      switch self {
      case .missing(let path): "\(path): there is no such file; it must hold the token"
      case .unreadable(let path): "\(path): expected a token in UTF-8, of \(TokenFile.most) bytes at most"
      case .empty(let place): "\(place): there is no token in it"
      case .broken(let place): "\(place): a token is one line of ASCII without spaces, and there is something else"
      }
    }
  }

  /// The greatest size of the file, in bytes.
  private static let most = 65_536

  let path: String

  /// Reads the token.
  ///
  /// - Throws: `Failure`, which names the file.
  func read() throws -> String {
    guard let bytes = try DiskFiles().contents(of: path, limit: Self.most) else { throw Failure.missing(path) }
    guard bytes.count <= Self.most, let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure.unreadable(path)
    }
    return try Self.trimmed(text, from: path)
  }

  /// - Parameter place: the source's name in an error.
  static func trimmed(_ text: String, from place: String) throws -> String {
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else { throw Failure.empty(place) }
    // A header could not carry it.
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw Failure.broken(place) }
    return token
  }
}
