import Artifacts
import BasicAlgorithms
import Kernels
import ServingMessages
import SwiftProtobuf
import SystemFiles

/// Writes the variables of a SavedModel in TensorFlow's checkpoint format V2: a table of contents and files of bytes
/// (tensorflow/core/util/tensor_bundle). Tensors are streamed; memory holds only the table.
///
/// Unsafe where bytes are written from where they lie; none is kept after a call.
final class TensorBundleWriter {
  private let prefix: String
  private let shardSize: Int
  private var shards: [(file: ExportedFile, name: String)] = []
  private var entries: [(key: String, value: TFBundleEntry)] = []

  /// - Parameters:
  ///   - prefix: the prefix of the files' paths.
  ///   - shardSize: the size in bytes from which the next tensor goes into another file.
  init(prefix: String, shardSize: Int) {
    self.prefix = prefix
    self.shardSize = shardSize
  }

  /// Adds a tensor of floats.
  ///
  /// - Parameters:
  ///   - key: greater than those before.
  ///   - contents: writes all bytes in row-major order.
  func add(_ key: String, floats shape: [Int], contents: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void)
    throws
  {
    try add(key, .dtFloat, shape) { file in
      var checksum = Checksum()
      try unsafe contents { bytes in
        unsafe checksum.update(bytes)
        try unsafe file.write(bytes)
      }
      return checksum.masked
    }
  }

  /// Adds a tensor of strings: their lengths, a checksum of these, the bytes of all.
  ///
  /// - Parameter shape: empty for one string.
  func add(_ key: String, strings shape: [Int], count: Int, string: (Int) -> UnsafeBufferPointer<UInt8>) throws {
    try add(key, .dtString, shape) { file in
      var checksum = Checksum()
      for place in 0..<count {
        let length = unsafe string(place).count
        try file.write(varint(length))
        unsafe littleEndian(UInt32(length)).withUnsafeBytes { unsafe checksum.update($0) }
      }
      let lengths = littleEndian(checksum.masked)
      try file.write(lengths)
      unsafe lengths.withUnsafeBytes { unsafe checksum.update($0) }
      for place in 0..<count {
        let bytes = unsafe UnsafeRawBufferPointer(string(place))
        unsafe checksum.update(bytes)
        try unsafe file.write(bytes)
      }
      return checksum.masked
    }
  }

  private func add(_ key: String, _ type: TFDataType, _ shape: [Int], body: (ExportedFile) throws -> UInt32) throws {
    precondition(entries.last.map { $0.key < key } ?? true, "tensors are added by rising keys")
    if shards.last.map({ $0.file.size >= shardSize }) ?? true {
      // The number of shards is part of their names, and known only at the end.
      let name = "\(prefix).data-\(shards.count).part"
      shards.append((try ExportedFile(path: name), name))
    }
    guard let file = shards.last?.file else { return }
    var entry = TFBundleEntry()
    entry.dtype = type
    entry.shape = TFShape(shape)
    entry.shardID = Int32(shards.count - 1)
    entry.offset = Int64(file.size)
    entry.crc32C = try body(file)
    entry.size = Int64(file.size) - entry.offset
    entries.append((key, entry))
  }

  /// Writes the table of contents, which completes the bundle.
  func close() throws {
    for (number, shard) in shards.enumerated() {
      try shard.file.close()
      try Files.renameWithoutReplacing(shard.name, Self.path(prefix, shard: number, of: shards.count))
    }
    var header = TFBundleHeader()
    header.numShards = Int32(shards.count)
    header.version.producer = 1
    let table = try SortedTable.bytes(
      [([], try header.bytes)] + entries.map { (key: Array($0.key.utf8), value: try $0.value.bytes) })
    let file = try ExportedFile(path: "\(prefix).index")
    try file.write(table)
    try file.close()
  }

  static func path(_ prefix: String, shard: Int, of count: Int) -> String {
    func digits(_ number: Int) -> String {
      let text = "\(number)"
      return String(repeating: "0", count: max(5 - text.count, 0)) + text
    }
    return "\(prefix).data-\(digits(shard))-of-\(digits(count))"
  }
}

extension TFShape {
  /// - Parameter sizes: the extents; −1 for an unknown one.
  init(_ sizes: [Int]) {
    self.init()
    dim = sizes.map { size in
      var dimension = Dimension()
      dimension.size = Int64(size)
      return dimension
    }
  }
}

extension SwiftProtobuf.Message {
  /// Returns deterministic bytes: the same for equal messages.
  var bytes: [UInt8] {
    get throws {
      var options = BinaryEncodingOptions()
      options.useDeterministicOrdering = true
      return try serializedBytes(options: options)
    }
  }
}
