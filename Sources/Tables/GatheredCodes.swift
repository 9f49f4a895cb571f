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

  /// Takes the codes out, and the strings that they name. Strings that no row has may be among them: interners may hold
  /// those of rows that were left out.
  ///
  /// - Parameter strings: of all interners, by their numbers.
  package mutating func take(_ strings: [Strings]) -> (codes: [UInt32], strings: Strings) {
    guard strings.count > 1 else { return (takeCodes(), strings[0]) }
    let strings = renumber(strings, isUsed: nil)
    return (takeCodes(), strings)
  }

  /// Takes the codes out, and the strings that rows have.
  package mutating func takeUsed(_ strings: [Strings]) -> (codes: [UInt32], strings: Strings) {
    let strings = renumber(strings, isUsed: findUsed(strings))
    return (takeCodes(), strings)
  }

  /// The codes, of which nothing else holds a copy then.
  private mutating func takeCodes() -> [UInt32] {
    var taken: [UInt32] = []
    swap(&taken, &codes)
    runs = []
    return taken
  }

  /// `true` for each string of an interner that a row has.
  private func findUsed(_ strings: [Strings]) -> [[Bool]] {
    var isUsed = strings.map { [Bool](repeating: false, count: $0.count) }
    var start = 0
    for (number, end) in runs {
      var flags: [Bool] = []
      swap(&flags, &isUsed[number])
      for place in start..<end { flags[Int(codes[place])] = true }
      swap(&flags, &isUsed[number])
      start = end
    }
    return isUsed
  }

  /// Gives all codes the numbers of one interner.
  ///
  /// - Parameter isUsed: of each string; `nil` to keep all.
  private mutating func renumber(_ strings: [Strings], isUsed: [[Bool]]?) -> Strings {
    var interner = Interner()
    let numbers = strings.enumerated().map { number, strings in
      strings.indices.map { isUsed?[number][$0] ?? true ? interner.intern(strings.utf8($0)) : 0 }
    }
    let runs = runs
    var all = codes.mutableSpan
    var start = 0
    for (number, end) in runs {
      let numbers = numbers[number]
      for place in start..<end { all[place] = numbers[Int(all[place])] }
      start = end
    }
    return interner.strings
  }
}
