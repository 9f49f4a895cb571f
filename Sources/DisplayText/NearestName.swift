/// The name that was probably meant, for "did you mean": the nearest by edits, if it is near.
///
/// An edit adds, drops or replaces a character or swaps two neighbours (optimal string alignment), and upper and lower
/// case are one. A third of the characters may be wrong; the first in order wins among equals. Nothing is near a name
/// of more than 128 characters.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  guard var search = NearestName(name) else { return nil }
  for var candidate in names { candidate.withUTF8 { unsafe search.look(at: $0) } }
  return search.best
}

/// The search for the nearest name among names that come one by one: tens of nanoseconds for each of some 20 bytes.
///
/// Unsafe inside, for speed: a name is read where it lies, since copying it would cost more than comparing it.
package struct NearestName {
  /// The nearest so far; nil if none is near.
  package private(set) var best: String?

  private let pattern: EditPattern
  /// The number of edits of the best; before there is one, the most that are allowed.
  private var limit: Int
  /// Bytes of names beyond ASCII that are still compared. A character of these costs a hundred times one of ASCII, so
  /// that of a great catalog the beginning must do.
  private var otherBytes = 1 << 19

  /// The most bytes of a name; no character has so many bytes that a shorter one would be longer.
  private static let mostBytes = 8 * EditPattern.longest

  /// - Returns: nil for a name that is too long for anything to be near it.
  package init?(_ name: String) {
    guard name.utf8.count <= Self.mostBytes, let pattern = EditPattern(name.lowercased()) else { return nil }
    self.pattern = pattern
    limit = pattern.count / 3
  }

  /// - Parameter name: in UTF-8.
  package mutating func look(at name: UnsafeBufferPointer<UInt8>) {
    // No name has more characters than bytes.
    guard pattern.count - limit...Self.mostBytes ~= name.count else { return }
    // Two bytes of ASCII alone are one character: the end of a line.
    let isPlain = unsafe name.reduce(0) { $0 | ($1 == 0x0D ? 0x80 : $1) } < 0x80
    guard !isPlain || name.count <= pattern.count + limit else { return }
    guard unsafe pattern.leastEdits(to: name, isPlain: isPlain) <= limit, let edits = unsafe edits(to: name, isPlain)
    else { return }
    let text = unsafe String(decoding: name, as: UTF8.self)
    if let best, edits == limit, best <= text { return }
    (best, limit) = (text, edits)
  }

  private mutating func edits(to name: UnsafeBufferPointer<UInt8>, _ isPlain: Bool) -> Int? {
    if isPlain { return unsafe pattern.edits(to: name, atMost: limit) }
    guard name.count <= otherBytes else { return nil }
    otherBytes -= name.count
    return unsafe pattern.edits(to: Array(String(decoding: name, as: UTF8.self).lowercased()), atMost: limit)
  }
}
