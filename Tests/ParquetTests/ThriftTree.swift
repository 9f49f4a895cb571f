import BasicAlgorithms
import RandomNumbers

/// Thrift's compact protocol as a tree that can be changed and written again, for files with faults.
indirect enum ThriftTree: Equatable {
  case boolean(Bool)
  case byte(UInt8)
  /// A number and its type on the wire.
  case integer(Int64, type: UInt8)
  case double([UInt8])
  case binary([UInt8])
  case list([ThriftTree], type: UInt8)
  case structure([Field])

  struct Field: Equatable {
    var number: Int
    var value: ThriftTree
  }

  var type: UInt8 {
    switch self {
    case .boolean(let value): value ? 1 : 2
    case .byte: 3
    case .integer(_, let type): type
    case .double: 7
    case .binary: 8
    case .list: 9
    case .structure: 12
    }
  }

  subscript(_ number: Int) -> ThriftTree? {
    get {
      guard case .structure(let fields) = self else { return nil }
      return fields.first { $0.number == number }?.value
    }
    set {
      guard case .structure(var fields) = self else { return }
      fields.removeAll { $0.number == number }
      if let newValue { fields.append(Field(number: number, value: newValue)) }
      self = .structure(fields.sorted { $0.number < $1.number })
    }
  }

  var integer: Int { if case .integer(let value, _) = self { Int(value) } else { 0 } }

  var items: [ThriftTree] {
    get { if case .list(let items, _) = self { items } else { [] } }
    set { if case .list(_, let type) = self { self = .list(newValue, type: type) } }
  }

  // MARK: Reading what is whole

  init(_ bytes: [UInt8], _ place: inout Int) {
    self = Self.read(bytes, &place, type: 12)
  }

  private static func varint(_ bytes: [UInt8], _ place: inout Int) -> UInt64 {
    var rest = bytes[place...]
    let value = rest.popVarint() ?? 0
    place = rest.startIndex
    return value
  }

  private static func read(_ bytes: [UInt8], _ place: inout Int, type: UInt8) -> ThriftTree {
    switch type {
    case 1, 2: return .boolean(type == 1)
    case 3:
      place += 1
      return .byte(bytes[place - 1])
    case 4, 5, 6:
      let value = varint(bytes, &place)
      return .integer(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1), type: type)
    case 7:
      place += 8
      return .double(Array(bytes[place - 8..<place]))
    case 8:
      let count = Int(varint(bytes, &place))
      place += count
      return .binary(Array(bytes[place - count..<place]))
    case 9:
      let header = bytes[place]
      place += 1
      let count = header >> 4 == 15 ? Int(varint(bytes, &place)) : Int(header >> 4)
      let items = (0..<count).map { _ -> ThriftTree in
        guard header & 15 <= 2 else { return read(bytes, &place, type: header & 15) }
        place += 1
        return .byte(bytes[place - 1])
      }
      return .list(items, type: header & 15)
    default:
      var (fields, number): ([Field], Int) = ([], 0)
      while true {
        let header = bytes[place]
        place += 1
        if header == 0 { return .structure(fields) }
        if header >> 4 == 0 {
          let value = varint(bytes, &place)
          number = Int(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
        } else {
          number += Int(header >> 4)
        }
        fields.append(Field(number: number, value: read(bytes, &place, type: header & 15)))
      }
    }
  }

  // MARK: Writing

  var bytes: [UInt8] {
    switch self {
    case .boolean: []
    case .byte(let value): [value]
    case .integer(let value, _): Encoders.zigzag(value)
    case .double(let bytes): bytes
    case .binary(let bytes): Encoders.varint(UInt64(bytes.count)) + bytes
    case .list(let items, let type):
      (items.count < 15 ? [UInt8(items.count) << 4 | type] : [0xf0 | type] + Encoders.varint(UInt64(items.count)))
        + items.flatMap(\.bytes)
    case .structure(let fields):
      fields.flatMap { [$0.value.type] + Encoders.zigzag(Int64($0.number)) + $0.value.bytes } + [0]
    }
  }

  // MARK: Faults

  private static let oddIntegers: [Int64] = [
    .min, .max, -1, 0, 1, 2, 3, 7, 8, 100, 255, 256, 1 << 16, 1 << 20, 1 << 26, Int64(Int32.max), Int64(Int32.min),
    1 << 32, 1 << 40, 1 << 48, 1 << 62,
  ]

  /// The tree with one value somewhere changed.
  func mutated(_ random: inout RandomGenerator) -> ThriftTree {
    switch self {
    case .boolean(let value): return .boolean(!value)
    case .byte: return .byte(UInt8(truncatingIfNeeded: random.next()))
    case .integer(let value, let type):
      let choice = Int(random.below(UInt64(Self.oddIntegers.count + 4)))
      let near: [Int64] = [value &+ 1, value &- 1, value &* 2, 0 &- value]
      return .integer(choice < 4 ? near[choice] : Self.oddIntegers[choice - 4], type: type)
    case .double: return .integer(1, type: 6)
    case .binary(let bytes):
      if random.below(3) == 0 { return .integer(5, type: 5) }
      return .binary(random.below(2) == 0 ? bytes + bytes : bytes.map { $0 ^ UInt8(random.below(256)) })
    case .list(var items, let type):
      guard !items.isEmpty else { return .list([.integer(1, type: 5)], type: 5) }
      let place = Int(random.below(UInt64(items.count)))
      switch random.below(8) {
      case 0: items.remove(at: place)
      case 1: items.insert(items[place], at: place)
      default: items[place] = items[place].mutated(&random)
      }
      return .list(items, type: type)
    case .structure(var fields):
      guard !fields.isEmpty else { return self }
      let place = Int(random.below(UInt64(fields.count)))
      switch random.below(16) {
      case 0: fields.remove(at: place)
      case 1: fields[place].number += Int(random.below(5))
      default: fields[place].value = fields[place].value.mutated(&random)
      }
      return .structure(fields)
    }
  }
}
