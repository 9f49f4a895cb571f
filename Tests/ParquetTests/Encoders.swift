import BasicAlgorithms
import RandomNumbers

/// Encoders of the format's encodings, written from its description alone, which choose at random where a writer may.
enum Encoders {
  /// Numbers of `width` bits, the lowest bit first.
  static func pack(_ values: [UInt64], width: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (values.count * width + 7) / 8)
    for (place, value) in values.enumerated() {
      for bit in 0..<width where value >> UInt64(bit) & 1 == 1 {
        bytes[(place * width + bit) / 8] |= 1 << UInt8((place * width + bit) % 8)
      }
    }
    return bytes
  }

  static func varint(_ value: UInt64) -> [UInt8] { BasicAlgorithms.varint(Int(bitPattern: UInt(value))) }

  static func zigzag(_ value: Int64) -> [UInt8] { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

  /// Runs, and groups of eight that are packed: the last group may hold more.
  static func runLengths(_ values: [UInt32], width: Int, _ random: inout RandomGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    var place = 0
    while place < values.count {
      let run = values[place...].prefix { $0 == values[place] }.count
      if run > 2, random.below(3) > 0 || values.count - place < 8 {
        bytes += varint(UInt64(run) << 1)
        bytes += littleEndian(values[place]).prefix((width + 7) / 8)
        place += run
      } else {
        let groups = min(1 + Int(random.below(3)), (values.count - place + 7) / 8)
        var packed = values[place...].prefix(groups * 8).map { UInt64($0) }
        place += packed.count
        packed += [UInt64](repeating: 0, count: groups * 8 - packed.count)
        bytes += varint(UInt64(groups) << 1 | 1) + pack(packed, width: width)
      }
    }
    return bytes
  }

  /// Differences in blocks of 128 in four parts, of which the last are empty where values end.
  static func deltas(_ values: [Int64]) -> [UInt8] {
    var bytes = varint(128) + varint(4) + varint(UInt64(values.count)) + zigzag(values.first ?? 0)
    let all = zip(values.dropFirst(), values).map { $0 &- $1 }
    for start in stride(from: 0, to: all.count, by: 128) {
      let block = Array(all[start...].prefix(128))
      let least = block.min() ?? 0
      bytes += zigzag(least)
      var (widths, body): ([UInt8], [UInt8]) = ([], [])
      for part in stride(from: 0, to: 128, by: 32) {
        var rest = block.dropFirst(part).prefix(32).map { UInt64(bitPattern: $0 &- least) }
        let width = 64 - (rest.reduce(0, |)).leadingZeroBitCount
        widths.append(UInt8(rest.isEmpty ? 0 : width))
        if rest.isEmpty { continue }
        rest += [UInt64](repeating: 0, count: 32 - rest.count)
        body += pack(rest, width: width)
      }
      bytes += widths + body
    }
    return bytes
  }

  static func lengthTexts(_ texts: [[UInt8]]) -> [UInt8] {
    deltas(texts.map { Int64($0.count) }) + texts.joined()
  }

  static func sharedTexts(_ texts: [[UInt8]]) -> [UInt8] {
    let prefixes = texts.indices.map { place in
      place == 0 ? 0 : zip(texts[place - 1], texts[place]).prefix { $0 == $1 }.count
    }
    return deltas(prefixes.map { Int64($0) }) + lengthTexts(zip(texts, prefixes).map { Array($0.dropFirst($1)) })
  }

  /// The first bytes of all values, then the second ones, and so on.
  static func split(_ values: [[UInt8]], width: Int) -> [UInt8] {
    (0..<width).flatMap { byte in values.map { $0[byte] } }
  }
}
