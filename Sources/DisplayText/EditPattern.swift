/// A name in lower case, as its edits to others are counted: a bit of a word for each character, and all of them at
/// once (H. Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances", 2003).
///
/// Unsafe inside, since names are read where they lie.
struct EditPattern {
  static let longest = UInt128.bitWidth

  /// The number of characters.
  let count: Int
  /// The places of each character of ASCII, upper case as lower.
  private let plain: [UInt128]
  private let places: [Character: UInt128]
  /// Its characters of ASCII, as `letter` has them.
  private let letters: UInt64

  /// - Returns: nil where it has more characters than `longest`.
  init?(_ name: String) {
    var (places, count) = ([Character: UInt128](), 0)
    for character in name {
      guard count < Self.longest else { return nil }
      places[character, default: 0] |= 1 << UInt128(count)
      count += 1
    }
    (self.places, self.count) = (places, count)
    plain = (0..<128).map { places[Character(Unicode.Scalar(0x41...0x5A ~= $0 ? $0 | 0x20 : $0))] ?? 0 }
    letters = plain.indices.reduce(0) { [plain] in $0 | (plain[$1] == 0 ? 0 : Self.letter(UInt8($1))) }
  }

  /// A bit for each letter, whatever its case, each digit and most other characters of ASCII.
  private static func letter(_ byte: UInt8) -> UInt64 { 1 << UInt64(byte & 0x1F | (byte & 0x40) >> 1) }

  /// Letters that others are the same as, beyond ASCII: of the unit kelvin, the Greek question mark and the grave
  /// accent.
  private static let ambiguous = letter(UInt8(ascii: "k")) | letter(UInt8(ascii: ";")) | letter(UInt8(ascii: "`"))

  /// Returns a lower bound of the edits, by the letters that one of the two has alone: an edit adds or drops one of
  /// them.
  ///
  /// - Parameter isPlain: `true` if the name is ASCII without ends of lines.
  func leastEdits(to name: UnsafeBufferPointer<UInt8>, isPlain: Bool) -> Int {
    var others = unsafe name.reduce(0) { $0 | Self.letter($1) }
    if isPlain { return max((letters & ~others).nonzeroBitCount, (others & ~letters).nonzeroBitCount) }
    // Its bytes may belong to characters beyond ASCII, but include all of its ASCII characters.
    others |= Self.ambiguous
    return (letters & ~others).nonzeroBitCount
  }

  /// - Parameter name: ASCII without ends of lines.
  /// - Returns: nil for more than `limit`.
  func edits(to name: UnsafeBufferPointer<UInt8>, atMost limit: Int) -> Int? {
    count <= 64
      ? edits(name.count, atMost: limit) { unsafe UInt64(truncatingIfNeeded: plain[Int(name[$0])]) }
      : edits(name.count, atMost: limit) { unsafe plain[Int(name[$0])] }
  }

  /// - Parameter name: in lower case.
  /// - Returns: nil for more than `limit`.
  func edits(to name: [Character], atMost limit: Int) -> Int? {
    guard abs(name.count - count) <= limit else { return nil }
    return edits(name.count, atMost: limit) { places[name[$0]] ?? 0 }
  }

  /// - Parameter places: where the other name's character of some place stands in this one.
  private func edits<Word: FixedWidthInteger & UnsignedInteger>(
    _ length: Int, atMost limit: Int, _ places: (Int) -> Word
  ) -> Int? {
    guard count > 0 else { return length <= limit ? length : nil }
    // Of a column of the table, where a value is one more or one less than the one above it.
    var (more, less) = (Word.max, Word(0))
    var (diagonal, before, edits) = (Word(0), Word(0), count)
    let last = Word(1) << Word(count - 1)
    for place in 0..<length {
      let same = places(place)
      let swapped = (~diagonal & same) << 1 & before
      diagonal = ((same & more) &+ more) ^ more | same | less | swapped
      let (risen, fallen) = (less | ~(diagonal | more), diagonal & more)
      if risen & last != 0 { edits += 1 } else if fallen & last != 0 { edits -= 1 }
      // What is left can take one edit away for each character.
      if edits - (length - 1 - place) > limit { return nil }
      let right = risen << 1 | 1
      (more, less) = (fallen << 1 | ~(diagonal | right), right & diagonal)
      before = same
    }
    return edits <= limit ? edits : nil
  }
}
