import Tables

/// Groups of rows that are equal in all that they were divided by so far. Rows that equal no other are dropped, so that
/// dividing by one more column costs only as much as there are repeats.
struct RowGroups {
  private(set) var rows: [Int]
  /// The group of each of these rows; groups are numbered in the order of their first rows.
  private var groups: [Int]
  private var count: Int

  /// - Parameter keys: of every row of the data; rows of equal keys are in one group.
  init(keys: [UInt64]) {
    // Most rows equal no other, and sorting finds that in less time and memory than a table of all keys.
    let sorted = keys.sorted()
    let repeated = Set(zip(sorted, sorted.dropFirst()).lazy.filter(==).map(\.0))
    rows = keys.indices.filter { repeated.contains(keys[$0]) }
    groups = [Int](repeating: 0, count: rows.count)
    count = 0
    divide { keys[$0] }
  }

  mutating func divide<Value: Hashable>(by value: (Int) -> Value) {
    var numbers: [GroupKey<Value>: Int] = [:]
    numbers.reserveCapacity(rows.count)
    var divided: [Int] = []
    var sizes: [Int] = []
    for (row, group) in zip(rows, groups) {
      let key = GroupKey(group: group, value: value(row))
      let number = numbers[key] ?? sizes.count
      if number == sizes.count {
        numbers[key] = number
        sizes.append(0)
      }
      sizes[number] += 1
      divided.append(number)
    }
    let kept = rows.indices.filter { sizes[divided[$0]] > 1 }
    rows = kept.map { rows[$0] }
    groups = kept.map { divided[$0] }
    count = sizes.count
  }

  mutating func divide(by column: Column) {
    switch column.values {
    case .integers(let values, let present): divide { present?[$0] == 0 ? nil : values[$0] }
    case .reals(let values, let present): divide { present?[$0] == 0 ? nil : values[$0] }
    case .text(let text): divide { text.codes[$0] }
    case .textLists(let starts, let items):
      divide { row in Array(items.codes[Int(starts[row])..<Int(starts[row + 1])]) }
    }
  }

  /// Each two parts that have rows of one group: how many groups, and the first row of the first.
  func sharedParts(_ split: Split) -> [(parts: [Split.Part], count: Int, row: Int)] {
    let all = Split.Part.allCases
    var bits = [UInt8](repeating: 0, count: (rows.last ?? -1) + 1)
    for (bit, part) in all.enumerated() {
      for row in split[part] where row < bits.count { bits[row] = 1 << UInt8(bit) }
    }
    var parts = [UInt8](repeating: 0, count: count)
    var first = [Int](repeating: 0, count: count)
    for (row, group) in zip(rows, groups).reversed() {
      parts[group] |= bits[row]
      first[group] = row
    }
    return all.indices.flatMap { left in
      all.indices.dropFirst(left + 1).compactMap { right in
        let both: UInt8 = 1 << UInt8(left) | 1 << UInt8(right)
        let shared = parts.indices.filter { parts[$0] & both == both }
        return shared.first.map { ([all[left], all[right]], shared.count, first[$0]) }
      }
    }
  }

  /// Rows that come second or later in their group: how many, the first of them, and the first of its group.
  var duplicates: (count: Int, row: Int, original: Int)? {
    var first: [Int: Int] = [:]
    var found: (count: Int, row: Int, original: Int)?
    for (row, group) in zip(rows, groups) {
      guard let original = first[group] else {
        first[group] = row
        continue
      }
      found = ((found?.count ?? 0) + 1, found?.row ?? row, found?.original ?? original)
    }
    return found
  }
}

private struct GroupKey<Value: Hashable>: Hashable {
  var group: Int
  var value: Value
}
