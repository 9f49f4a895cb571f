/// A text column, dictionary-encoded: each row is a code into the distinct values, which are sorted by bytes and all
/// used.
package struct TextColumn: Sendable, Equatable {
  package let codes: [UInt32]
  package let dictionary: Strings

  /// Sorts the dictionary and drops what no code names, so that equal values give equal columns. Time O(n + d log d)
  /// for n codes and d strings.
  package init(codes: consuming [UInt32], unsorted: Strings) {
    self.init(codes: codes, strings: unsorted, order: unsorted.sortedOrder())
  }

  /// - Parameter order: of the strings, by their bytes.
  private init(codes: consuming [UInt32], strings: Strings, order: some Sequence<Int>) {
    var isUsed = [Bool](repeating: false, count: strings.count)
    // Codes change in place, since this may be the larger part of what memory holds.
    var all = codes.mutableSpan
    for place in all.indices { isUsed[Int(all[place])] = true }
    let used = order.filter { isUsed[$0] }
    var renumbered = [UInt32](repeating: 0, count: strings.count)
    for (new, old) in used.enumerated() { renumbered[old] = UInt32(new) }
    for place in all.indices { all[place] = renumbered[Int(all[place])] }
    self.codes = codes
    dictionary = strings.selecting(used)
  }

  package init(_ values: [String]) {
    var interner = Interner()
    let codes = values.map { interner.intern($0) }
    self.init(codes: codes, unsorted: interner.strings)
  }

  /// A column of distinct values, one a row.
  ///
  /// - Precondition: the values are distinct and sorted by bytes.
  package init(distinct values: Strings) {
    self.init(codes: Array(0..<UInt32(values.count)), dictionary: values)
  }

  /// - Precondition: the dictionary is sorted, every code below its count, and every value used.
  init(codes: [UInt32], dictionary: Strings) {
    self.codes = codes
    self.dictionary = dictionary
  }

  package subscript(row: Int) -> String { dictionary[Int(codes[row])] }

  /// The number of rows of each value of the dictionary.
  package var counts: [Int] {
    var counts = [Int](repeating: 0, count: dictionary.count)
    for code in codes { counts[Int(code)] += 1 }
    return counts
  }

  /// Every value put in place of another, each distinct one only once.
  package func renaming<Failure>(_ name: (String) throws(Failure) -> String) throws(Failure) -> TextColumn {
    var interner = Interner()
    var renamed: [UInt32] = []
    for value in dictionary.array { renamed.append(interner.intern(try name(value))) }
    return TextColumn(codes: codes.map { renamed[Int($0)] }, unsorted: interner.strings)
  }

  package func selecting(_ rows: [Int]) -> TextColumn {
    TextColumn(codes: rows.map { codes[$0] }, strings: dictionary, order: 0..<dictionary.count)
  }
}
