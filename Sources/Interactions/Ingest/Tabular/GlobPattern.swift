/// A pattern of paths: `*` and `?` stand for characters of one name, `**` for any folders.
struct GlobPattern {
  private let parts: [[Character]]

  /// `nil` if the text has none of these characters.
  init?(_ text: String) {
    guard text.contains("*") || text.contains("?") else { return nil }
    parts = text.split(separator: "/").map(Array.init)
  }

  func matches(_ path: String) -> Bool { Self.matches(parts[...], path.split(separator: "/").map(Array.init)[...]) }

  private static func matches(_ parts: ArraySlice<[Character]>, _ names: ArraySlice<[Character]>) -> Bool {
    guard let part = parts.first else { return names.isEmpty }
    if part == ["*", "*"] {
      return (names.startIndex...names.endIndex).contains { matches(parts.dropFirst(), names[$0...]) }
    }
    guard let name = names.first, isMatch(part, name) else { return false }
    return matches(parts.dropFirst(), names.dropFirst())
  }

  /// Matches one part in time O(pattern · name): of a failed match only the last `*` is tried again.
  private static func isMatch(_ pattern: [Character], _ name: [Character]) -> Bool {
    var (place, next, star, mark) = (0, 0, -1, 0)
    while next < name.count {
      if place < pattern.count, pattern[place] == "*" {
        (star, mark) = (place, next)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[next] {
        place += 1
        next += 1
      } else if star >= 0 {
        mark += 1
        (place, next) = (star + 1, mark)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
