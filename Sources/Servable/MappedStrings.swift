import Artifacts

/// Sorted strings looked up where they lie in a mapped file; nothing is built when it is opened.
struct MappedStrings: @unchecked Sendable {
  private let offsets: UnsafeBufferPointer<UInt64>
  private let bytes: UnsafeBufferPointer<UInt8>
  private let owner: ArtifactFile

  init(_ name: String, in file: ArtifactFile) throws {
    owner = file
    offsets = try file.mapped("\(name)/offsets")
    bytes = try file.mapped("\(name)/bytes")
    guard let first = offsets.first, first == 0, offsets.last == UInt64(bytes.count) else {
      throw FileError(
        file.path, ArtifactError.malformed(part: "section \"\(name)/offsets\"", reason: "it does not span its bytes"))
    }
  }

  var count: Int { offsets.count - 1 }

  /// Offsets that do not rise, in a damaged file, give an empty string.
  private func utf8(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    let (start, end) = (offsets[place], offsets[place + 1])
    guard start <= end, end <= UInt64(bytes.count) else { return UnsafeBufferPointer(rebasing: bytes[0..<0]) }
    return UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
  }

  subscript(place: Int) -> String { String(decoding: utf8(place), as: UTF8.self) }

  func index(of text: String) -> Int? {
    let wanted = Array(text.utf8)
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if utf8(middle).lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
    }
    return low < count && utf8(low).elementsEqual(wanted) ? low : nil
  }
}
