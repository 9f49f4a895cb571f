import Artifacts
import BasicAlgorithms
import Kernels
import ServingMessages
import SwiftProtobuf
import SystemFiles

/// Reads tensors of a bundle in its mapped files, and checks each tensor's checksum.
///
/// Unsafe inside, for tensors that are read where they are mapped, each within the bounds that are checked first.
struct TensorBundleReader {
  private let entries: [String: TFBundleEntry]
  private let shards: [MappedBytes]
  private let path: String

  init(prefix: String) throws {
    path = "\(prefix).index"
    let table = try Files.read(path, limit: 1 << 30)
    do {
      var entries: [String: TFBundleEntry] = [:]
      var count = 0
      for entry in try SortedTable.entries(table) {
        if entry.key.isEmpty {
          count = Int(try TFBundleHeader(serializedBytes: entry.value).numShards)
        } else {
          entries[String(decoding: entry.key, as: UTF8.self)] = try TFBundleEntry(serializedBytes: entry.value)
        }
      }
      self.entries = entries
      shards = try (0..<count).map {
        try MappedBytes(path: TensorBundleWriter.path(prefix, shard: $0, of: count))
      }
    } catch let error as ExportedFormError {
      throw FileError(path, error)
    }
  }

  private func bytes(_ key: String, _ type: TFDataType) throws -> (UnsafeRawBufferPointer, TFBundleEntry) {
    guard let entry = entries[key], entry.dtype == type, shards.indices ~= Int(entry.shardID) else {
      throw FileError(path, ExportedFormError.missing("\"\(key)\" of type \(type)"))
    }
    let all = unsafe shards[Int(entry.shardID)].buffer
    let (start, size) = (Int(entry.offset), Int(entry.size))
    guard start >= 0, size >= 0, start <= all.count, size <= all.count - start else {
      throw FileError(path, ExportedFormError.tensorBeyondEnd(key))
    }
    return unsafe (UnsafeRawBufferPointer(rebasing: all[start..<start + size]), entry)
  }

  private func require(_ isSound: Bool, _ key: String) throws {
    if !isSound { throw FileError(path, ExportedFormError.tensorChecksum(key)) }
  }

  func floats(_ key: String) throws -> SharedValues<Float> {
    let (bytes, entry) = try unsafe bytes(key, .dtFloat)
    var checksum = Checksum()
    for start in stride(from: 0, to: bytes.count, by: Self.blockSize) {
      unsafe checksum.update(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.blockSize, bytes.count)]))
      releasePages()
    }
    try require(checksum.masked == entry.crc32C, key)
    return unsafe SharedValues(bytes.bindMemory(to: Float.self), owner: shards[Int(entry.shardID)])
  }

  /// The bytes that are read before the mapping's pages are released.
  private static let blockSize = 1 << 24

  /// Releases the mappings' resident pages.
  func releasePages() { for shard in shards { shard.releasePages() } }

  /// Calls `body` with each string of a tensor, in order.
  func forEachString(_ key: String, _ body: (_ place: Int, _ text: UnsafeRawBufferPointer) -> Void) throws {
    let (bytes, entry) = try unsafe bytes(key, .dtString)
    let count = entry.shape.dim.reduce(1) { $0 * Int($1.size) }
    var rest = unsafe Slice(base: bytes, bounds: bytes.indices)
    var checksum = Checksum()
    var lengths: [Int] = []
    for _ in 0..<count {
      let length = unsafe rest.popVarint().flatMap { $0 <= UInt64(bytes.count) ? Int($0) : nil }
      try require(length != nil, key)
      lengths.append(length ?? 0)
      unsafe littleEndian(UInt32(truncatingIfNeeded: length ?? 0)).withUnsafeBytes { unsafe checksum.update($0) }
    }
    try unsafe require(lengths.reduce(4, +) == rest.count, key)
    unsafe checksum.update(UnsafeRawBufferPointer(rebasing: rest))
    try require(checksum.masked == entry.crc32C, key)
    var place = unsafe rest.startIndex + 4
    for (number, length) in lengths.enumerated() {
      unsafe body(number, UnsafeRawBufferPointer(rebasing: bytes[place..<place + length]))
      place += length
    }
  }
}
