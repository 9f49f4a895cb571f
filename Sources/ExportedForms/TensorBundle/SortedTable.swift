import BasicAlgorithms
import Kernels

/// A table in LevelDB's format with one uncompressed block, the format of a tensor bundle's index
/// (tensorflow/core/lib/io/table_format.txt).
enum SortedTable {
  private static let magic: UInt64 = 0xdb47_7524_8b80_fb57
  private static let footerSize = 48

  /// Returns the table's bytes.
  ///
  /// - Parameter entries: sorted by key, at least one.
  static func bytes(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
    var table: [UInt8] = []
    func put(_ block: [UInt8]) -> [UInt8] {
      let handle = varint(table.count) + varint(block.count)
      let closed = block + [0]
      table += closed + littleEndian(Checksum.masked(of: closed))
      return handle
    }
    let data = put(block(entries, restartEvery: 16))
    let meta = put(block([], restartEvery: 16))
    let index = put(block([((entries.last?.key ?? []) + [0xff], data)], restartEvery: 1))
    let handles = meta + index
    table += handles + [UInt8](repeating: 0, count: 40 - handles.count)
    return table + littleEndian(magic)
  }

  /// Returns a block of entries, each without the prefix that its key shares with the one before, except at restarts.
  private static func block(_ entries: [(key: [UInt8], value: [UInt8])], restartEvery interval: Int) -> [UInt8] {
    var (bytes, restarts, last) = ([UInt8](), [0], [UInt8]())
    for (number, entry) in entries.enumerated() {
      var shared = 0
      if number % interval > 0 {
        shared = zip(last, entry.key).prefix { $0 == $1 }.count
      } else if number > 0 {
        restarts.append(bytes.count)
      }
      bytes += varint(shared) + varint(entry.key.count - shared) + varint(entry.value.count)
      bytes += entry.key[shared...] + entry.value
      last = entry.key
    }
    return bytes + restarts.flatMap { littleEndian(UInt32($0)) } + littleEndian(UInt32(restarts.count))
  }

  /// Reads the entries of a table with one block.
  ///
  /// - Throws: `ExportedFormError.damagedTable`.
  static func entries(_ table: [UInt8]) throws(ExportedFormError) -> [(key: [UInt8], value: [UInt8])] {
    guard table.count >= footerSize, number(table.suffix(8)) == magic else { throw .damagedTable(.noFooter) }
    var footer = Reader(table.suffix(footerSize))
    _ = (try footer.varint(), try footer.varint())
    let index = try block(table, at: footer.varint(), size: footer.varint())
    guard let handle = index.first?.value, index.count == 1 else { throw .damagedTable(.severalBlocks) }
    var place = Reader(handle[...])
    return try block(table, at: place.varint(), size: place.varint())
  }

  private static func block(
    _ table: [UInt8], at start: Int, size: Int
  ) throws(ExportedFormError) -> [(key: [UInt8], value: [UInt8])] {
    guard start >= 0, size >= 4, start <= table.count - 5, size <= table.count - 5 - start else {
      throw .damagedTable(.blockBeyondEnd)
    }
    let closed = Array(table[start...start + size])
    guard number(table[(start + size + 1)..<(start + size + 5)]) == UInt64(Checksum.masked(of: closed)) else {
      throw .damagedTable(.blockChecksum)
    }
    let restarts = Int(number(closed[(size - 4)..<size]))
    guard restarts <= (size - 4) / 4 else { throw .damagedTable(.shortBlock) }
    var reader = Reader(closed[..<(size - 4 - 4 * restarts)])
    var entries: [(key: [UInt8], value: [UInt8])] = []
    while !reader.isAtEnd {
      let (shared, own, length) = (try reader.varint(), try reader.varint(), try reader.varint())
      let last = entries.last?.key ?? []
      guard shared <= last.count else { throw .damagedTable(.shortKey) }
      entries.append((key: try last.prefix(shared) + reader.take(own), value: try reader.take(length)))
    }
    return entries
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private struct Reader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func varint() throws(ExportedFormError) -> Int {
      guard let number = rest.popVarint(), let value = Int(exactly: number) else {
        throw .damagedTable(.shortNumber)
      }
      return value
    }

    mutating func take(_ count: Int) throws(ExportedFormError) -> [UInt8] {
      guard count >= 0, count <= rest.count else { throw .damagedTable(.shortEntry) }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }
}
