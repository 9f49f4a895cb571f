import CNettle
import SystemFiles

/// A SHA-256 digest, which names its contents.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) {
    precondition(bytes.count == 32, "a digest of \(bytes.count) bytes")
    self.bytes = bytes
  }

  /// Reads 64 lower-case hexadecimal digits.
  package init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 64, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
      return nil
    }
    bytes = stride(from: 0, to: 64, by: 2).map { place in
      let value = { (digit: UInt8) in digit < 58 ? digit - 48 : digit - 87 }
      return value(digits[place]) << 4 | value(digits[place + 1])
    }
  }

  package static func of(_ bytes: some Collection<UInt8>) -> Digest {
    var hasher = DigestHasher()
    hasher.update(Array(bytes))
    return hasher.finish()
  }

  package static func of(_ text: String) -> Digest { of(Array(text.utf8)) }

  /// The digest of the contents of a regular file, read block by block.
  ///
  /// - Parameter interrupted: is asked at every block, and throws to end it.
  package static func ofFile(_ path: String, interrupted: () throws -> Void = {}) throws -> Digest {
    try naming(path) {
      let file = try FileDescriptor.openRegular(path).file
      var hasher = DigestHasher()
      try unsafe file.read { block in
        try interrupted()
        unsafe hasher.update(block)
      }
      return hasher.finish()
    }
  }

  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The first 12 digits, which are enough for people.
  package var short: String { String(hexadecimal.prefix(12)) }

  package var description: String { hexadecimal }
}

/// Takes a digest of bytes as they come.
package struct DigestHasher {
  private var state = sha256_ctx()

  package init() { unsafe nettle_sha256_init(&state) }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe nettle_sha256_update(&state, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
  }

  package mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  package mutating func update(_ text: String) { update(Array(text.utf8)) }

  package func finish() -> Digest {
    var (state, bytes) = (state, [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE)))
    unsafe nettle_sha256_digest(&state, bytes.count, &bytes)
    return Digest(bytes: bytes)
  }
}
