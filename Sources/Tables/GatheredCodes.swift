/// Codes of a text column that several interners gave, run by run in the order of the rows, until all have one numbering.
package struct GatheredCodes: Sendable {
  private var codes: [UInt32] = []
  /// The interner of the rows that end at a row, and begin where those before end.
  private var runs: [(interner: Int, end: Int)] = []

  package init() {}

  package var count: Int { codes.count }

  /// Makes room for so many rows: memory that is not written to takes none.
  package mutating func reserve(_ rows: Int) { codes.reserveCapacity(rows) }

  /// Appends codes.
  ///
  /// - Parameter interner: the number of the interner that gave them.
  package mutating func append(_ part: ArraySlice<UInt32>, of interner: Int) {
    codes += part
    if runs.last?.interner == interner { runs.removeLast() }
    runs.append((interner, codes.count))
  }

  /// Takes the codes out, and the strings that they name. Strings that no row has may be among them if one interner gave
  /// all codes.
  ///
  /// - Parameter strings: of all interners, by their numbers.
  package mutating func take(_ strings: [Strings]) -> (codes: [UInt32], strings: Strings) {
    strings.count == 1 ? (takeCodes(), strings[0]) : takeUsed(strings)
  }

  /// Takes the codes out, and the strings that rows have: interners may hold others, of rows that were left out.
  package mutating func takeUsed(_ strings: [Strings]) -> (codes: [UInt32], strings: Strings) {
    let strings = renumber(strings)
    return (takeCodes(), strings)
  }

  /// The codes, of which nothing else holds a copy then.
  private mutating func takeCodes() -> [UInt32] {
    var taken: [UInt32] = []
    swap(&taken, &codes)
    runs = []
    return taken
  }

  private mutating func renumber(_ strings: [Strings]) -> Strings {
    var isUsed = strings.map { [Bool](repeating: false, count: $0.count) }
    var start = 0
    for (number, end) in runs {
      var flags: [Bool] = []
      swap(&flags, &isUsed[number])
      for place in start..<end { flags[Int(codes[place])] = true }
      swap(&flags, &isUsed[number])
      start = end
    }
    var interner = Interner()
    let numbers = zip(strings, isUsed).map { strings, isUsed in
      strings.indices.map { isUsed[$0] ? interner.intern(strings.utf8($0)) : 0 }
    }
    let runs = runs
    var all = codes.mutableSpan
    start = 0
    for (number, end) in runs {
      let numbers = numbers[number]
      for place in start..<end { all[place] = numbers[Int(all[place])] }
      start = end
    }
    return interner.strings
  }
}
