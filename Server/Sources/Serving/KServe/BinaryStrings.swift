import JSON

/// Strings in the format of Triton's binary extension: each preceded by its length as a little-endian u32.
package enum BinaryStrings {
  /// Removes an input's strings from the beginning of `tensors`. O(bytes).
  ///
  /// - Parameter size: the input's `binary_data_size`.
  /// - Throws: `RequestError` for too few bytes, lengths that do not add up, or text that is not UTF-8.
  package static func read(
    _ size: JSONValue, of tensors: inout ArraySlice<UInt8>, _ name: String
  ) throws(RequestError) -> [String] {
    guard let size = size.integer, 0...tensors.count ~= size else {
      throw .bad("input \"\(name)\" has a binary_data_size that is not in the body")
    }
    var rest = tensors.prefix(size)
    tensors = tensors.dropFirst(size)
    var strings: [String] = []
    while !rest.isEmpty {
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 4, length <= rest.count - 4 else {
        throw .bad("input \"\(name)\" has a string that is longer than its bytes")
      }
      guard let text = String(validating: rest.dropFirst(4).prefix(length), as: UTF8.self) else {
        throw .bad("input \"\(name)\" has a string that is not UTF-8")
      }
      strings.append(text)
      rest = rest.dropFirst(4 + length)
    }
    return strings
  }

  package static func append(_ text: String, to bytes: inout [UInt8]) {
    append(UInt32(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  static func append(_ word: UInt32, to bytes: inout [UInt8]) {
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
  }
}
