import Artifacts
import BasicAlgorithms
import Kernels
import SystemFiles

/// Sorted strings in a mapped file, looked up in place; opening builds nothing.
///
/// Unsafe inside, so that a string is compared where it lies: both ends of its range are checked against the bytes.
struct MappedStrings: Sendable {
  private let offsets: SharedValues<UInt64>
  private let bytes: SharedValues<UInt8>

  init(_ name: String, in file: ArtifactFile) throws {
    offsets = try file.mapped("\(name)/offsets")
    bytes = try file.mapped("\(name)/bytes")
    guard let first = offsets.first, first == 0, offsets.last == UInt64(bytes.count) else {
      throw FileError(
        file.path, ArtifactError.malformed(part: "section \"\(name)/offsets\"", reason: .offsetsDoNotSpanBytes))
    }
  }

  var count: Int { offsets.count - 1 }

  /// Returns a string in UTF-8; empty where a damaged file has decreasing offsets.
  func utf8(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    let (start, end) = (offsets[place], offsets[place + 1])
    guard start <= end, end <= UInt64(bytes.count) else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeBufferPointer(rebasing: bytes.values[Int(start)..<Int(end)])
  }

  subscript(place: Int) -> String { unsafe String(decoding: utf8(place), as: UTF8.self) }

  func index(of text: String) -> Int? {
    let wanted = Array(text.utf8)
    let place = unsafe firstPlace { unsafe !$0.lexicographicallyPrecedes(wanted) }
    return unsafe place < count && utf8(place).elementsEqual(wanted) ? place : nil
  }

  /// Returns the places of the strings that begin with some text.
  func places(beginning prefix: String) -> Range<Int> {
    let wanted = Array(prefix.utf8)
    let first = unsafe firstPlace { unsafe !$0.lexicographicallyPrecedes(wanted) }
    // What begins with it is no less than it, and what does not is less or beyond all that do.
    let end = unsafe firstPlace { unsafe !$0.lexicographicallyPrecedes(wanted) && !$0.starts(with: wanted) }
    return first..<max(first, end)
  }

  /// Bytes of all.
  var byteCount: Int { bytes.count }

  /// Returns the places of the strings that contain some text, whatever the case, rising, `limit` at most.
  func places(containing text: String, limit: Int) -> [Int] {
    guard text.utf8.count < 1_000 || mayContain(text) else { return [] }
    let wanted = text.lowercased()
    let bytes = Array(wanted.utf8)
    let isPlain = bytes.allSatisfy { $0 < 0x80 }
    var found: [Int] = []
    for place in 0..<count {
      guard found.count < limit else { break }
      let string = unsafe utf8(place)
      guard bytes.count <= Self.mostGrowth * string.count else { continue }
      let contains =
        unsafe isPlain && string.allSatisfy { $0 < 0x80 }
        ? unsafe string.contains(lowercased: bytes) : self[place].lowercased().utf8.contains(bytes)
      if contains { found.append(place) }
    }
    return found
  }

  /// The greatest factor by which lower-casing changes the number of bytes of a text, up or down.
  private static let mostGrowth = 3

  /// `true` if some string is long enough.
  private func mayContain(_ text: String) -> Bool {
    (0..<count).contains { unsafe text.utf8.count <= Self.mostGrowth * Self.mostGrowth * utf8($0).count }
  }

  /// Writes the strings as a text column, one row each.
  func writeColumn(_ section: String, to writer: ArtifactWriter) throws {
    try unsafe writer.add(section, type: .u32, shape: [count], codec: .zstd) { put in
      for start in stride(from: 0, to: count, by: 65_536) {
        try unsafe (UInt32(start)..<UInt32(min(start + 65_536, count))).map { $0 }.withUnsafeBytes {
          try unsafe put($0)
        }
      }
    }
    try unsafe writer.add(
      "\(section)/offsets", type: .u64, bytes: unsafe UnsafeRawBufferPointer(offsets.values), shape: [offsets.count],
      codec: .zstd)
    try unsafe writer.add(
      "\(section)/bytes", type: .u8, bytes: unsafe UnsafeRawBufferPointer(bytes.values), shape: [bytes.count],
      codec: .zstd)
  }

  /// The first place from which on a condition holds.
  private func firstPlace(_ isReached: (UnsafeBufferPointer<UInt8>) -> Bool) -> Int {
    (0..<count).partitioningIndex { unsafe isReached(utf8($0)) }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// `true` if ASCII contains lower-case ASCII, whatever its own case.
  fileprivate func contains(lowercased wanted: [UInt8]) -> Bool {
    guard let first = wanted.first else { return true }
    guard count >= wanted.count else { return false }
    for start in 0...count - wanted.count where unsafe lowercased(self[start]) == first {
      if wanted.indices.allSatisfy({ unsafe lowercased(self[start + $0]) == wanted[$0] }) { return true }
    }
    return false
  }

  private func lowercased(_ byte: UInt8) -> UInt8 { 0x41...0x5a ~= byte ? byte | 0x20 : byte }
}

extension String.UTF8View {
  fileprivate func contains(_ wanted: [UInt8]) -> Bool {
    unsafe Array(self).withUnsafeBufferPointer { bytes in
      bytes.count >= wanted.count
        && (0...bytes.count - wanted.count).contains { start in
          wanted.indices.allSatisfy { unsafe bytes[start + $0] == wanted[$0] }
        }
    }
  }
}
