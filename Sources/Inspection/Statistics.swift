package import Artifacts
package import CanonicalJSON
package import Tables

/// Summary statistics of a column.
package struct ColumnStatistics: Sendable, Equatable {
  package var distinct: Int?
  package var missing = 0
  package var least: Double?
  package var mean: Double?
  package var greatest: Double?
  /// The most frequent values of text with their numbers of rows, ties in the order of bytes.
  package var frequent: [(value: String, count: Int)] = []

  package static func == (left: Self, right: Self) -> Bool { left.json == right.json }

  package init(_ column: Column) {
    switch column.values {
    case .integers(let values, let present):
      distinct = Set(zip(values, present ?? values.map { _ in 1 }).filter { $0.1 != 0 }.map(\.0)).count
      measure(values.map { Double($0) }, present)
    case .reals(let values, let present): measure(values, present)
    case .text(let text): count(text)
    case .textLists(_, let items): count(items)
    }
  }

  private mutating func measure(_ values: [Double], _ present: [UInt8]?) {
    var (count, sum) = (0, 0.0)
    for (row, value) in values.enumerated() where present?[row] != 0 {
      count += 1
      sum += value
      least = min(least ?? value, value)
      greatest = max(greatest ?? value, value)
    }
    missing = values.count - count
    mean = count > 0 ? sum / Double(count) : nil
  }

  private mutating func count(_ text: TextColumn) {
    var counts = [Int](repeating: 0, count: text.dictionary.count)
    for code in text.codes { counts[Int(code)] += 1 }
    distinct = counts.count
    let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    frequent = order.prefix(3).map { (text.dictionary[$0], counts[$0]) }
  }

  package var json: JSON {
    var fields: [String: JSON] = ["missing": JSON(missing)]
    fields["distinct"] = distinct.map { JSON($0) }
    fields["least"] = least.map { .number($0) }
    fields["mean"] = mean.map { .number($0) }
    fields["greatest"] = greatest.map { .number($0) }
    if !frequent.isEmpty {
      fields["frequent"] = .array(frequent.map { ["value": JSON($0.value), "rows": JSON($0.count)] })
    }
    return .object(fields)
  }
}

/// Summary statistics of a tensor: the range of its values, and of the norms of its rows if it has two dimensions.
package struct TensorStatistics: Sendable, Equatable {
  package var least: Double
  package var mean: Double
  package var greatest: Double
  /// The least, median and greatest Euclidean norm of the rows.
  package var norms: [Double] = []

  /// - Parameter columns: the extent of a row; `nil` if rows are not measured.
  package init?(_ values: [Double], columns: Int?) {
    guard let least = values.min(), let greatest = values.max() else { return nil }
    self.least = least
    self.greatest = greatest
    mean = values.reduce(0, +) / Double(values.count)
    guard let columns, columns > 0 else { return }
    let all = stride(from: 0, to: values.count, by: columns).map { start in
      values[start..<min(start + columns, values.count)].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }.sorted()
    norms = [all[0], all[all.count / 2], all[all.count - 1]]
  }

  /// Reads a section; returns `nil` if it is empty, or holds no numbers that can be averaged.
  package init?(_ section: Section, of file: ArtifactFile) throws {
    let columns = section.shape.count == 2 ? section.shape[1] : nil
    switch section.type {
    case .f32: self.init(try file.read(section.name, as: Float.self).map(Double.init), columns: columns)
    case .f64: self.init(try file.read(section.name, as: Double.self), columns: columns)
    default: return nil
    }
  }

  package var json: JSON {
    var fields: [String: JSON] = ["least": .number(least), "mean": .number(mean), "greatest": .number(greatest)]
    if norms.count == 3 {
      fields["row_norms"] = ["least": .number(norms[0]), "median": .number(norms[1]), "greatest": .number(norms[2])]
    }
    return .object(fields)
  }
}

extension ArtifactFile {
  /// The sections that do not belong to a table.
  package var tensors: [Section] {
    let tables = Set(Table.names(in: self))
    return header.sections.filter { section in
      let parts = section.name.split(separator: "/")
      return !(parts.count > 1 && tables.contains(String(parts[0])) && parts[1].allSatisfy(\.isNumber))
    }
  }
}
