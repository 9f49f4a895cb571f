package import Tables

/// Slices by a field: a text's or a list's values, a number's values where they are few, else thirds of them.
package enum FieldSlices {
  static let greatestNumber = 100
  static let fewNumbers = 20

  /// The slices of every row of a column; none for a row that has no value.
  package static func dimension(_ column: Column) throws(EvaluationError) -> SliceDimension {
    switch column.values {
    case .text(let text):
      let names = try named(column.name, text.dictionary.array)
      return SliceDimension(names: names, places: text.codes.map { Int($0) })
    case .textLists(let starts, let items):
      var members = JaggedArray()
      for row in 0..<column.count {
        let codes = items.codes[Int(starts[row])..<Int(starts[row + 1])]
        members.append(Set(codes).sorted().map { Int32($0) })
      }
      return SliceDimension(names: try named(column.name, items.dictionary.array), members: members)
    case .integers(let values, let present): return numbers(column.name, values.map { Double($0) }, present)
    case .reals(let values, let present): return numbers(column.name, values, present)
    }
  }

  private static func named(_ field: String, _ values: [String]) throws(EvaluationError) -> [String] {
    guard values.count <= greatestNumber else { throw .tooManyValues(field: field, count: values.count) }
    return values.map { "\(field)=\($0)" }
  }

  private static func numbers(_ field: String, _ values: [Double], _ present: [UInt8]?) -> SliceDimension {
    let there = values.indices.filter { present?[$0] != 0 }
    let distinct = Set(there.map { values[$0] }).sorted()
    let places: [Int?]
    let names: [String]
    if distinct.count <= fewNumbers {
      names = distinct.map(Thirds.text)
      places = values.indices.map { present?[$0] == 0 ? nil : distinct.firstIndex(of: values[$0]) }
    } else {
      let thirds = Thirds(there.map { values[$0] })
      names = thirds.names
      places = values.indices.map { present?[$0] == 0 ? nil : thirds.place(of: values[$0]) }
    }
    return SliceDimension(names: names.map { "\(field)=\($0)" }, places: places)
  }

  /// The slices of things that are described by rows of a table: those of the row whose key they have, the first one if
  /// there are several.
  ///
  /// - Parameters:
  ///   - keys: a number for each row of the table.
  ///   - things: a number for each thing.
  package static func dimension(
    _ column: Column, keys: [Int32], of things: [Int32]
  ) throws(EvaluationError) -> SliceDimension {
    let rows = try dimension(column)
    var row: [Int32: Int] = [:]
    for (place, key) in keys.enumerated() where row[key] == nil { row[key] = place }
    var members = JaggedArray()
    for thing in things { members.append(row[thing].map { rows.members[$0] } ?? []) }
    return SliceDimension(names: rows.names, members: members)
  }
}
