extension Column {
  /// The column with each row as often as a count says, for values that hold for whole files.
  ///
  /// - Precondition: there is a count for each row, and the column has no lists.
  package func repeating(_ counts: [Int]) -> Column {
    func repeated<Value>(_ values: [Value]) -> [Value] {
      var all: [Value] = []
      all.reserveCapacity(counts.reduce(0, +))
      for (value, count) in zip(values, counts) { all.append(contentsOf: repeatElement(value, count: count)) }
      return all
    }
    switch values {
    case .integers(let values, let present):
      return Column(name, .integers(repeated(values), present: present.map(repeated)))
    case .reals(let values, let present): return Column(name, .reals(repeated(values), present: present.map(repeated)))
    case .text(let column):
      return Column(name, .text(TextColumn(codes: repeated(column.codes), unsorted: column.dictionary)))
    case .textLists: preconditionFailure("column \(name) has lists")
    }
  }
}
