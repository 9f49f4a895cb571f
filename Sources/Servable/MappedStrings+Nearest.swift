import DisplayText

/// Unsafe inside, for speed: millions of names are compared where they are mapped.
extension MappedStrings {
  /// The string that was probably meant, as `nearestName` finds it; nil if none is near, or the text is longer than
  /// names are. Reads all strings where they lie: some ten milliseconds for 200,000.
  func nearest(to text: String) -> String? {
    guard var search = NearestName(text) else { return nil }
    for place in 0..<count { unsafe search.look(at: utf8(place)) }
    return search.best
  }

  /// The first string that begins with a text, whatever the case, of as many as can be looked at in about the time that
  /// `nearest` takes: of strings beyond ASCII half a megabyte.
  func first(beginning text: String) -> String? {
    guard !text.isEmpty, text.utf8.count <= 200 else { return nil }
    let prefix = text.lowercased()
    let bytes = Array(prefix.utf8)
    let isPlain = bytes.allSatisfy { $0 < 0x80 }
    /// Returns `true` if the string begins with the prefix, and `nil` if the bytes do not decide it.
    func begins(_ string: UnsafeBufferPointer<UInt8>) -> Bool? {
      if isPlain { return unsafe string.begins(lowercased: bytes) }
      return unsafe string.allSatisfy { $0 < 0x80 } ? false : nil
    }
    var otherBytes = 1 << 19
    for place in 0..<count {
      let string = unsafe utf8(place)
      if let begins = unsafe begins(string) {
        if begins { return self[place] }
        continue
      }
      otherBytes -= string.count
      guard otherBytes >= 0 else { return nil }
      if self[place].lowercased().hasPrefix(prefix) { return self[place] }
    }
    return nil
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// `true` if it begins with lower-case ASCII, whatever its own case; nil where a letter beyond ASCII, or what joins
  /// one of ASCII, leaves that open.
  fileprivate func begins(lowercased wanted: [UInt8]) -> Bool? {
    for (place, letter) in wanted.enumerated() {
      guard place < count else { return false }
      let byte = unsafe self[place]
      guard byte < 0x80 else { return nil }
      guard (0x41...0x5A ~= byte ? byte | 0x20 : byte) == letter else { return false }
    }
    return unsafe wanted.count < count && self[wanted.count] >= 0x80 ? nil : true
  }
}
