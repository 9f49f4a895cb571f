import ArgumentParser
import Artifacts
import CandidateIndex
import Kernels
import SystemFiles

/// Little-endian float32 matrices in C order, as `numpy.save` writes them, read block by block.
struct NumPyVectors: VectorSource {
  static let blockRows = 65_536

  private let path: String
  private let file: FileDescriptor
  private let start: Int
  let count: Int
  let dimension: Int

  init(_ path: String) throws {
    self.path = path
    func refuse(_ reason: String) -> FileError {
      FileError(path, ValidationError("\(reason); save it with numpy.save as a float32 matrix"))
    }
    let opened = try naming(path) { try FileDescriptor.openRegular(path) }
    file = opened.file
    guard opened.size > 10 else { throw refuse("not a NumPy file") }
    let preamble = try Self.read(file, 10, at: 0, path)
    guard preamble[0..<6].elementsEqual([0x93] + Array("NUMPY".utf8)) else { throw refuse("not a NumPy file") }
    start = 10 + Int(preamble[8]) + Int(preamble[9]) << 8
    guard opened.size >= start else { throw refuse("it was cut short") }
    let header = String(decoding: try Self.read(file, start - 10, at: 10, path), as: UTF8.self)
    guard header.contains("'<f4'"), header.contains("'fortran_order': False"),
      let shape = header.split(separator: "(").last?.split(separator: ")").first
    else { throw refuse("not float32 in C order") }
    let sizes = shape.split(separator: ",").compactMap { Int(String($0.filter { $0 != " " })) }
    guard sizes.count == 2, sizes[1] > 0, opened.size == start + 4 * sizes[0] * sizes[1] else {
      throw refuse("not a matrix")
    }
    (count, dimension) = (sizes[0], sizes[1])
  }

  /// Reads the whole matrix.
  func matrix() throws -> Matrix { try gather(Array(0..<count)) }

  func blocks() throws -> Blocks { Blocks(source: self) }

  struct Blocks: VectorBlocks {
    private let source: NumPyVectors
    private let matrix: Matrix
    private var first = 0

    init(source: NumPyVectors) {
      self.source = source
      matrix = Matrix(rows: min(NumPyVectors.blockRows, max(source.count, 1)), columns: source.dimension)
    }

    mutating func next() throws -> VectorBlock? {
      let (columns, rows) = (source.dimension, min(NumPyVectors.blockRows, source.count - first))
      guard rows > 0 else { return nil }
      let bytes = try NumPyVectors.read(
        source.file, 4 * rows * columns, at: source.start + 4 * first * columns, source.path)
      unsafe bytes.withUnsafeBytes { raw in
        guard let start = raw.baseAddress else { return }
        for row in 0..<rows {
          unsafe UnsafeMutableRawPointer(matrix.pointer(row: row)).copyMemory(
            from: start + 4 * row * columns, byteCount: 4 * columns)
        }
      }
      defer { first += rows }
      return VectorBlock(matrix, rows: 0..<rows, first: first)
    }
  }

  private static func read(_ file: FileDescriptor, _ count: Int, at offset: Int, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try naming(path) { try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: offset) } }
    return bytes
  }
}
