import BasicAlgorithms
import RandomNumbers
import Testing

@testable import Parquet

@Suite("Values encoded at random")
struct EncodingTests {
  private func leaf(_ physical: PhysicalType, length: Int = 0, _ type: ColumnType) -> SchemaLeaf {
    SchemaLeaf(
      physical: physical, length: length, isUUID: false, isUnsigned32: false, type: type, maximumDefinition: 0,
      maximumRepetition: 0)
  }

  private func decoded(_ bytes: [UInt8], encoding: Int, _ leaf: SchemaLeaf, count: Int) throws -> ColumnValues {
    var values = ColumnValues()
    // The page may lie anywhere in its buffer.
    let buffer = [1, 2, 3] + bytes + [4]
    try ValueDecoder.decode(buffer, 3..<3 + bytes.count, encoding: encoding, leaf, count: count, into: &values)
    return values
  }

  @Test("as run lengths and packed bits are decoded, of every width", arguments: 0...32)
  func runLengths(width: Int) throws {
    var random = RandomGenerator(seed: UInt64(width))
    for count in [0, 1, 7, 8, 9, 100, 1000] {
      var values: [UInt32] = []
      while values.count < count {
        let value = width == 0 ? 0 : UInt32(truncatingIfNeeded: random.next() >> UInt64(64 - width))
        values += [UInt32](repeating: value, count: random.below(3) == 0 ? 1 + Int(random.below(30)) : 1)
      }
      values.removeLast(values.count - count)
      let bytes = Encoders.runLengths(values, width: width, &random)
      var found: [UInt32] = [9, 9, 9]
      try RunLengths.decode(bytes.span, width: width, count: count, into: &found)
      #expect(found == values)
      guard count > 0, width > 0 else { continue }
      #expect(throws: ParquetFault.cutShort("a page")) {
        try RunLengths.decode([UInt8]().span, width: width, count: count, into: &found)
      }
    }
    let one = Encoders.varint(50 << 1) + [UInt8](repeating: 0, count: (width + 7) / 8)
    #expect(try RunLengths.constant(one.span, width: width, count: 50) == 0)
    if width > 0 { #expect(try RunLengths.constant(one.span, width: width, count: 51) == nil) }
  }

  @Test("as differences are decoded, also where they wrap around")
  func deltas() throws {
    var random = RandomGenerator(seed: 3)
    for count in [0, 1, 2, 32, 33, 128, 129, 130, 1000] {
      for bits in [0, 1, 13, 31, 57, 63, 64] {
        let values = (0..<count).map { _ in
          bits == 0 ? -7 : Int64(truncatingIfNeeded: random.next() >> UInt64(64 - bits)) &- 5
        }
        let bytes = Encoders.deltas(values)
        let found = try decoded(bytes, encoding: 5, leaf(.int64, .integer), count: count)
        #expect(found.integers == values)
        let narrow = values.map { Int64(Int32(truncatingIfNeeded: $0)) }
        #expect(try decoded(bytes, encoding: 5, leaf(.int32, .integer), count: count).integers == narrow)
        #expect(throws: ParquetFault.self) {
          try decoded(Array(bytes.dropLast()), encoding: 5, leaf(.int64, .integer), count: count + 1)
        }
      }
    }
  }

  @Test("as strings with lengths or shared beginnings are decoded")
  func texts() throws {
    var random = RandomGenerator(seed: 4)
    for count in [0, 1, 2, 50, 300] {
      var texts: [[UInt8]] = []
      for _ in 0..<count {
        let shared = texts.last.map { Array($0.prefix(Int(random.below(UInt64($0.count + 1))))) } ?? []
        texts.append(shared + (0..<Int(random.below(9))).map { _ in UInt8(random.below(3)) })
      }
      for (encoding, bytes) in [
        (6, Encoders.lengthTexts(texts)), (7, Encoders.sharedTexts(texts)),
        (0, texts.flatMap { littleEndian(UInt32($0.count)) + $0 }),
      ] {
        let found = try decoded(bytes, encoding: encoding, leaf(.byteArray, .text), count: count).texts
        #expect((0..<found.count).map { Array(found[$0]) } == texts, "encoding \(encoding)")
        guard let last = texts.last, !last.isEmpty, encoding != 7 else { continue }
        #expect(throws: ParquetFault.cutShort("a page")) {
          try decoded(Array(bytes.dropLast()), encoding: encoding, leaf(.byteArray, .text), count: count)
        }
      }
    }
  }

  @Test("as split bytes are decoded")
  func split() throws {
    var random = RandomGenerator(seed: 5)
    let reals = (0..<77).map { _ in Double(random.normal()) }
    let bytes = Encoders.split(reals.map { littleEndian($0.bitPattern) }, width: 8)
    #expect(try decoded(bytes, encoding: 9, leaf(.double, .real), count: 77).reals == reals)
    let floats = Encoders.split(reals.map { littleEndian(Float($0).bitPattern) }, width: 4)
    #expect(
      try decoded(floats, encoding: 9, leaf(.float, .real), count: 77).reals == reals.map { Double(Float($0)) })
    #expect(throws: ParquetFault.cutShort("a page")) {
      try decoded(Array(bytes.dropLast()), encoding: 9, leaf(.double, .real), count: 77)
    }
  }

  @Test("as Booleans are decoded, plain and as run lengths")
  func booleans() throws {
    var random = RandomGenerator(seed: 6)
    let flags = (0..<333).map { _ in UInt32(random.below(4) / 3) }
    let plain = Encoders.pack(flags.map { UInt64($0) }, width: 1)
    let wanted = flags.map { Int64($0) }
    #expect(try decoded(plain, encoding: 0, leaf(.boolean, .boolean), count: 333).integers == wanted)
    let runs = Encoders.runLengths(flags, width: 1, &random)
    let bytes = littleEndian(UInt32(runs.count)) + runs
    #expect(try decoded(bytes, encoding: 3, leaf(.boolean, .boolean), count: 333).integers == wanted)
  }

  @Test("as decimals in bytes are decoded, and refused where they do not fit")
  func decimals() throws {
    let numbers: [Int64] = [0, -1, 1, 255, -256, .max, .min, 1 << 40]
    for length in [8, 9, 16] {
      let bytes = numbers.flatMap { number in
        [UInt8](repeating: number < 0 ? 0xff : 0, count: length - 8) + littleEndian(number).reversed()
      }
      let leaf = leaf(.fixedLengthByteArray, length: length, .decimal(scale: 2))
      #expect(try decoded(bytes, encoding: 0, leaf, count: numbers.count).integers == numbers)
    }
    let large = [0] + [UInt8](repeating: 0x80, count: 8)
    #expect(throws: ParquetFault.self) {
      try decoded(large, encoding: 0, leaf(.fixedLengthByteArray, length: 9, .decimal(scale: 0)), count: 1)
    }
  }

  @Test("in an encoding that their type does not have are refused by name")
  func foreign() {
    #expect(throws: ParquetFault.unreadEncoding("DELTA_BINARY_PACKED", of: "DOUBLE")) {
      try decoded([], encoding: 5, leaf(.double, .real), count: 0)
    }
    #expect(
      "\(ParquetFault.unreadEncoding("BIT_PACKED", of: "level"))"
        == "values of type level are encoded as BIT_PACKED, which is not read; write them plain or with a dictionary")
  }
}
