import Parquet
import Tables

/// Gathers the pages of a column in one row group. Text that a dictionary holds is looked at once for each of its values,
/// and not row by row.
struct ChunkDecoder {
  private var reader: ColumnChunkReader
  private let rows: Int

  private var codes: [UInt32] = []
  /// The code of each value of the dictionary, once a page refers to it.
  private var dictionaryCodes: [UInt32]?
  private var integers: [Int64] = []
  private var reals: [Double] = []
  private var present: [UInt8] = []
  private var lengths: [Int] = []
  private var count = 0

  init(_ reader: ColumnChunkReader, rows: Int) {
    self.reader = reader
    self.rows = rows
  }

  /// Decodes values into text, whatever they are.
  ///
  /// - Parameters:
  ///   - texts: that give the codes.
  ///   - lane: their number.
  mutating func decode(into texts: inout TextCodes, lane: Int) throws(ParquetError) -> ChunkValues {
    try decodeText(&texts)
    var chunk = ChunkValues(values: .codes(codes, lane: lane), present: present, lengths: lengths)
    if !texts.faults.isEmpty { chunk.faults = faults(texts.faults) }
    return chunk
  }

  /// Decodes values for a column of numbers or times.
  mutating func decode() throws(ParquetError) -> ChunkValues {
    guard reader.column.type != .text else {
      var texts = TextCodes(nil)
      try decodeText(&texts)
      return ChunkValues(values: .text(codes, texts.strings), present: present)
    }
    if isReal { reals.reserveCapacity(room) } else { integers.reserveCapacity(room) }
    while try reader.next() {
      if isReal { appendReals() } else { appendIntegers() }
      appendPresence()
    }
    return ChunkValues(values: isReal ? .reals(reals) : .integers(integers), present: present)
  }

  private var isReal: Bool { reader.column.type == .real }

  /// A row group may claim any number of rows; larger arrays grow with the pages that are there.
  private var room: Int { min(rows, 1 << 21) }

  private mutating func decodeText(_ texts: inout TextCodes) throws(ParquetError) {
    codes.reserveCapacity(room)
    while try reader.next() {
      if reader.column.isList { appendLengths() }
      appendText(&texts)
      appendPresence()
    }
  }

  private mutating func appendText(_ texts: inout TextCodes) {
    let start = codes.count
    if reader.page.isIndexed {
      let map = dictionaryCodes ?? dictionaryCodes(&texts)
      dictionaryCodes = map
      codes += reader.page.indices
      var all = codes.mutableSpan
      for place in start..<all.count { all[place] = map[Int(all[place])] }
    } else {
      var given: [UInt32] = []
      swap(&codes, &given)
      texts.append(reader.page.values, reader.column.type, to: &given)
      swap(&codes, &given)
    }
    let flags = reader.page.present
    if !flags.isEmpty, !reader.column.isList, flags.contains(0) { spread(&codes, from: start, texts.missing()) }
  }

  private func dictionaryCodes(_ texts: inout TextCodes) -> [UInt32] {
    var codes: [UInt32] = []
    texts.append(reader.dictionary, reader.column.type, to: &codes)
    return codes
  }

  /// The rows that hold one of the codes; of lists, the first of them that a row holds counts.
  private func faults(_ bad: [UInt32: RowFault]) -> [(row: Int, fault: RowFault)] {
    guard reader.column.isList else {
      return codes.indices.compactMap { row in bad[codes[row]].map { (row, $0) } }
    }
    var found: [(row: Int, fault: RowFault)] = []
    var item = 0
    for (row, length) in lengths.enumerated() {
      let first = codes[item..<item + length].first { bad[$0] != nil }
      if let fault = first.flatMap({ bad[$0] }) { found.append((row, fault)) }
      item += length
    }
    return found
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
