import Glibc
import TestKit
import Testing

@testable import Interactions

@Suite("A file of raw data")
struct DecodedFileTests {
  @Test("that is truncated while it is read ends there")
  func truncated() throws {
    let scratch = try Scratch()
    let path = try scratch.write([UInt8](repeating: 0x61, count: 3 * DecodedFile.chunkSize), to: "a.csv")
    var sizes: [Int] = []
    try DecodedFile(path: path).forEachChunk { chunk in
      sizes.append(chunk.count)
      if sizes.count == 1 { #expect(truncate(path, 0) == 0) }
    }
    #expect(sizes == [DecodedFile.chunkSize])
  }

  @Test("is read in chunks, the last one shorter")
  func chunks() throws {
    let scratch = try Scratch()
    let path = try scratch.write([UInt8](repeating: 0x61, count: DecodedFile.chunkSize + 5), to: "a.csv")
    var sizes: [Int] = []
    try DecodedFile(path: path).forEachChunk { sizes.append($0.count) }
    #expect(sizes == [DecodedFile.chunkSize, 5])
  }
}
