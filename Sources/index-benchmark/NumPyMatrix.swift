import ArgumentParser
import Artifacts
import Kernels

/// Little-endian float32 matrices in C order, as `numpy.save` writes them.
enum NumPyMatrix {
  static func read(_ path: String) throws -> Matrix {
    let bytes = try Files.read(path, limit: 64 << 30)
    func refuse(_ reason: String) -> FileError {
      FileError(path, ValidationError("\(reason); save it with numpy.save as a float32 matrix"))
    }
    guard bytes.count > 10, bytes[0..<6].elementsEqual([0x93] + Array("NUMPY".utf8)) else {
      throw refuse("no NumPy file")
    }
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    guard bytes.count >= 10 + length else { throw refuse("it was cut short") }
    let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
    guard header.contains("'<f4'"), header.contains("'fortran_order': False"),
      let shape = header.split(separator: "(").last?.split(separator: ")").first
    else { throw refuse("not float32 in C order") }
    let sizes = shape.split(separator: ",").compactMap { Int(String($0.filter { $0 != " " })) }
    guard sizes.count == 2, bytes.count == 10 + length + 4 * sizes[0] * sizes[1] else { throw refuse("not a matrix") }
    let matrix = Matrix(rows: sizes[0], columns: sizes[1])
    bytes.withUnsafeBytes { raw in
      for row in 0..<sizes[0] {
        for column in 0..<sizes[1] {
          matrix.pointer(row: row)[column] = raw.loadUnaligned(
            fromByteOffset: 10 + length + 4 * (row * sizes[1] + column), as: Float.self)
        }
      }
    }
    return matrix
  }
}
