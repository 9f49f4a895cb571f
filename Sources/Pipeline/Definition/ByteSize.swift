/// A size in bytes as people write it: `512MB`, `1.5GB`, `4GiB`.
package struct ByteSize: Sendable, Equatable {
  package let bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  private static let units: [(name: String, bytes: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("KB", 1e3), ("MB", 1e6),
    ("GB", 1e9), ("TB", 1e12), ("B", 1),
  ]

  package static let examples = "a size such as 512MB, 1.5GB or 4GiB"

  /// - Returns: `nil` if it is not a positive number with a unit.
  package init?(_ text: String) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(unit.name.count)
    let isPlain = digits.utf8.allSatisfy { 48...57 ~= $0 || $0 == UInt8(ascii: ".") }
    guard isPlain, let count = Double(digits), (1...1e15).contains(count * unit.bytes) else { return nil }
    bytes = Int(count * unit.bytes)
  }

  /// The size for people: at least three digits, in units of thousands.
  package var text: String { Self.text(bytes) }

  package static func text(_ bytes: Int) -> String {
    for (name, unit) in [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)] where Double(bytes) >= unit {
      let tenths = Int((Double(bytes) / unit * 10).rounded())
      return tenths >= 1000 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return "\(bytes) B"
  }
}
