import JSON

/// Numbers of a tensor: JSON, or little-endian bytes one after the other.
package enum BinaryNumbers {
  private static let sizes = ["FP64": 8, "FP32": 4, "INT64": 8, "INT32": 4]

  /// Returns the elements of an input as decimal texts; "nan" for one that is missing.
  ///
  /// - Parameters:
  ///   - type: its datatype.
  ///   - tensors: the bytes of inputs; those of this one are removed.
  /// - Throws: `RequestError` for another datatype, for too few bytes, and for data that are not numbers.
  package static func elements(
    _ input: JSONValue, _ type: String, of tensors: inout ArraySlice<UInt8>, _ name: String
  ) throws(RequestError) -> [String] {
    guard let width = sizes[type] else {
      throw .bad("input \"\(name)\" has the datatype \(type); give FP64, FP32, INT64 or INT32")
    }
    guard let size = input["parameters"]?["binary_data_size"] else {
      return try InferInput.flat(input["data"] ?? .array([]), name, "numbers") {
        if case .number(let text) = $0 { text } else { nil }
      }
    }
    guard let size = size.integer, 0...tensors.count ~= size, size % width == 0 else {
      throw .bad("input \"\(name)\" has a binary_data_size that is not in the body, or no whole number of \(type)")
    }
    let bytes = tensors.prefix(size)
    tensors = tensors.dropFirst(size)
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
      number(bytes[start..<start + width], type)
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ type: String) -> String {
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = UInt32(truncatingIfNeeded: bits)
    return switch type {
    case "FP64": "\(Double(bitPattern: bits))"
    case "FP32": "\(Float(bitPattern: low))"
    case "INT64": "\(Int64(bitPattern: bits))"
    default: "\(Int32(bitPattern: low))"
    }
  }
}
