import Parquet
import Tables

/// Gathers the pages of a column in one row group. Text that a dictionary holds is not looked at row by row: the places
/// in the dictionary are the codes.
struct ChunkDecoder {
  private var reader: ColumnChunkReader
  private let rows: Int
  private let isText: Bool

  private var interner = Interner()
  private var numbers = IntegerCodes()
  private var codes: [UInt32] = []
  private var integers: [Int64] = []
  private var reals: [Double] = []
  private var present: [UInt8] = []
  private var lengths: [Int] = []
  private var count = 0
  /// `true` as long as codes are places in the dictionary: most columns have no other page.
  private var isDictionaryAlone = true
  /// The code of each value of the dictionary, if there are other pages.
  private var dictionaryCodes: [UInt32] = []
  private var isSameCode = true
  private var hasMissing = false

  /// Stands for the code of what is missing until all codes are known.
  private static let missing = UInt32.max

  /// - Parameter isText: `true` if the values become text, whatever they are.
  init(_ reader: ColumnChunkReader, rows: Int, isText: Bool) {
    self.reader = reader
    self.rows = rows
    self.isText = isText || reader.column.type == .text
  }

  mutating func decode() throws(ParquetError) -> ChunkValues {
    // A row group may claim any number of rows; larger arrays grow with the pages that are there.
    let room = min(rows, 1 << 21)
    if isText { codes.reserveCapacity(room) }
    if !isText, !isReal { integers.reserveCapacity(room) }
    if !isText, isReal { reals.reserveCapacity(room) }
    while try reader.next() {
      if reader.column.isList { appendLengths() }
      if isText { appendText() } else if isReal { appendReals() } else { appendIntegers() }
      appendPresence()
    }
    return ChunkValues(values: values(), present: present, lengths: lengths)
  }

  private var isReal: Bool { reader.column.type == .real }

  private mutating func values() -> ChunkValues.Values {
    guard isText else { return isReal ? .reals(reals) : .integers(integers) }
    var strings = strings
    if hasMissing {
      let empty = UInt32(strings.count)
      strings = ByteStrings(buffer: strings.buffer, ranges: strings.ranges + [0..<0])
      for place in codes.indices where codes[place] == Self.missing { codes[place] = empty }
    }
    return .text(codes: codes, strings)
  }

  /// The strings of the codes.
  private var strings: ByteStrings {
    let type = reader.column.type
    if type == .text {
      if isDictionaryAlone { return reader.dictionary.texts }
      let strings = interner.strings
      return ByteStrings(buffer: strings.bytes, ranges: strings.indices.map { strings.range($0) })
    }
    var buffer: [UInt8] = []
    var ranges: [Range<Int>] = []
    func append(_ text: String) {
      let start = buffer.count
      buffer += text.utf8
      ranges.append(start..<buffer.count)
    }
    if isDictionaryAlone {
      for value in reader.dictionary.integers { append(ValueSpelling.text(value, type)) }
      for value in reader.dictionary.reals { append(ValueSpelling.text(value)) }
    } else {
      for value in numbers.values {
        append(
          isReal
            ? ValueSpelling.text(Double(bitPattern: UInt64(bitPattern: value))) : ValueSpelling.text(value, type))
      }
    }
    return ByteStrings(buffer: buffer, ranges: ranges)
  }

  /// Appends the codes of values.
  private mutating func intern(_ values: ColumnValues, into codes: inout [UInt32]) {
    switch reader.column.type {
    case .text: interner.intern(values.texts.buffer, values.texts.ranges, into: &codes)
    case .real: for value in values.reals { codes.append(numbers.code(Int64(bitPattern: value.bitPattern))) }
    default: for value in values.integers { codes.append(numbers.code(value)) }
    }
  }

  private mutating func appendText() {
    let start = codes.count
    if reader.page.isIndexed {
      codes += reader.page.indices
      if !isDictionaryAlone { renumber(from: start) }
    } else {
      leaveDictionary()
      var given: [UInt32] = []
      swap(&codes, &given)
      intern(reader.page.values, into: &given)
      swap(&codes, &given)
    }
    if !reader.page.present.isEmpty, !reader.column.isList {
      hasMissing = hasMissing || reader.page.present.contains(0)
      spread(&codes, from: start, Self.missing)
    }
  }

  /// Gives every value of the dictionary its code among all values, and these codes to the rows so far.
  private mutating func leaveDictionary() {
    guard isDictionaryAlone else { return }
    isDictionaryAlone = false
    var given: [UInt32] = []
    intern(reader.dictionary, into: &given)
    dictionaryCodes = given
    isSameCode = dictionaryCodes.indices.allSatisfy { dictionaryCodes[$0] == UInt32($0) }
    renumber(from: 0)
  }

  private mutating func renumber(from start: Int) {
    guard !isSameCode else { return }
    let map = dictionaryCodes
    var all = codes.mutableSpan
    for place in start..<all.count where all[place] != Self.missing { all[place] = map[Int(all[place])] }
  }

  private mutating func appendIntegers() {
    let start = integers.count
    if reader.page.isIndexed {
      let values = reader.dictionary.integers
      for index in reader.page.indices { integers.append(values[Int(index)]) }
    } else {
      integers += reader.page.values.integers
    }
    if !reader.page.present.isEmpty { spread(&integers, from: start, 0) }
  }

  private mutating func appendReals() {
    let start = reals.count
    if reader.page.isIndexed {
      let values = reader.dictionary.reals
      for index in reader.page.indices { reals.append(values[Int(index)]) }
    } else {
      reals += reader.page.values.reals
    }
    if !reader.page.present.isEmpty { spread(&reals, from: start, 0) }
  }

  /// Moves the values behind `start`, of which there is one for each flag that is set, to the places of their flags.
  private func spread<Value: BitwiseCopyable>(_ values: inout [Value], from start: Int, _ missing: Value) {
    let flags = reader.page.present
    var source = values.count
    values.append(contentsOf: repeatElement(missing, count: start + flags.count - values.count))
    for place in flags.indices.reversed() {
      if flags[place] == 0 {
        values[start + place] = missing
      } else {
        source -= 1
        values[start + place] = values[source]
      }
    }
  }

  private mutating func appendPresence() {
    let page = reader.page
    defer { count += page.count }
    guard !reader.column.isList, !page.present.isEmpty || !present.isEmpty else { return }
    if present.isEmpty { present = [UInt8](repeating: 1, count: count) }
    if page.present.isEmpty {
      present.append(contentsOf: repeatElement(1, count: page.count))
    } else {
      present += page.present
    }
  }

  private mutating func appendLengths() {
    let page = reader.page
    for entry in 0..<page.count {
      if page.beginsRow[entry] == 1 { lengths.append(0) }
      // The reader has seen to it that the first entry begins a row.
      if page.present.isEmpty || page.present[entry] == 1 { lengths[lengths.count - 1] += 1 }
    }
  }
}
