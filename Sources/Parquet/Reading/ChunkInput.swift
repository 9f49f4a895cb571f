import SystemFiles

/// The bytes of a column in one row group, read as they are needed: memory holds a page and little more.
struct ChunkInput {
  private let file: FileDescriptor
  /// The place in the file of the next byte to be read, and the end of the chunk.
  private var next: Int
  private let end: Int
  /// The bytes read; those not yet taken are `buffer[range]`.
  private(set) var buffer: [UInt8] = []
  private(set) var range = 0..<0

  private static let block = 1 << 18
  /// Headers may hold statistics, whose texts can be long.
  private static let longestHeader = 1 << 24

  init(_ file: FileDescriptor, _ range: Range<Int>) {
    self.file = file
    next = range.lowerBound
    end = range.upperBound
  }

  /// Bytes that are left of the chunk.
  var left: Int { range.count + end - next }

  mutating func pageHeader() throws(ParquetFault) -> PageHeader {
    var wanted = 1 << 10
    while true {
      try fill(min(wanted, left))
      do {
        var reader = CompactReader(buffer, range, part: "the header of a page")
        let header = try reader.parsePageHeader()
        range = reader.place..<range.upperBound
        return header
      } catch {
        guard case .cutShort = error, range.count < left, wanted < Self.longestHeader else { throw error }
        wanted = max(wanted * 4, range.count * 2)
      }
    }
  }

  /// The range of the next `count` bytes in the buffer, which stay there until something else is read.
  mutating func take(_ count: Int) throws(ParquetFault) -> Range<Int> {
    guard count <= left else { throw .cutShort("a page") }
    try fill(count)
    let taken = range.lowerBound..<range.lowerBound + count
    range = taken.upperBound..<range.upperBound
    return taken
  }

  /// Reads on until `count` bytes are there.
  private mutating func fill(_ count: Int) throws(ParquetFault) {
    guard range.count < count else { return }
    let size = min(max(count, Self.block), left)
    let kept = range.count
    if buffer.count < size {
      var larger = [UInt8](repeating: 0, count: size)
      larger.replaceSubrange(0..<kept, with: buffer[range])
      buffer = larger
    } else {
      buffer.replaceSubrange(0..<kept, with: Array(buffer[range]))
    }
    do throws(SystemError) {
      let (file, place) = (file, next)
      try unsafe buffer.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
        let target = unsafe UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[kept..<size]))
        try unsafe file.read(into: target, at: place)
      }
    } catch { throw .system(error) }
    next += size - kept
    range = 0..<size
  }
}

extension CompactReader {
  fileprivate mutating func parsePageHeader() throws(ParquetFault) -> PageHeader { try PageHeader(&self) }
}
