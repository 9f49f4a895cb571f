/// Puts together the values of one column that several builders read, part by part in the order of the rows, so that
/// builders hold few rows and this the column. Texts keep the numbers that their builders gave them until the end.
package struct GatheredColumn: Sendable {
  private let kind: TypedColumnBuilder.Kind
  private let style: NumberStyle
  private var codes = GatheredCodes()
  private var integers: [Int64] = []
  private var reals: [Double] = []
  /// A flag for each number, 0 where it is missing; empty as long as none is.
  private var present: [UInt8] = []

  /// - Parameter builder: one of those that read the column.
  package init(of builder: TypedColumnBuilder) {
    kind = builder.kind
    style = builder.style
  }

  /// Makes room for so many rows: memory that is not written to takes none.
  package mutating func reserve(_ rows: Int) {
    switch kind {
    case .text, .inferred: codes.reserve(rows)
    case .integer: integers.reserveCapacity(rows)
    case .real: reals.reserveCapacity(rows)
    }
  }

  /// Appends rows that a builder holds.
  ///
  /// - Parameter number: of the builder.
  package mutating func append(_ rows: Range<Int>, of builder: TypedColumnBuilder, number: Int) {
    switch kind {
    case .text, .inferred: codes.append(builder.codes[rows], of: number)
    case .integer:
      appendPresence(rows, of: builder, behind: integers.count)
      integers += builder.integers[rows]
    case .real:
      appendPresence(rows, of: builder, behind: reals.count)
      reals += builder.reals[rows]
    }
  }

  private mutating func appendPresence(_ rows: Range<Int>, of builder: TypedColumnBuilder, behind count: Int) {
    guard !builder.present.isEmpty || !present.isEmpty else { return }
    if present.isEmpty { present = [UInt8](repeating: 1, count: count) }
    if builder.present.isEmpty {
      present.append(contentsOf: repeatElement(1, count: rows.count))
    } else {
      present += builder.present[rows]
    }
  }

  /// The column of all rows. Time O(n + d log d) for n rows of d distinct texts.
  ///
  /// - Parameter strings: of all builders, by their numbers.
  package consuming func column(_ name: String, _ strings: [Strings]) -> Column {
    switch kind {
    case .integer: return Column(name, .integers(integers, present: present.isEmpty ? nil : present))
    case .real: return Column(name, .reals(reals, present: present.isEmpty ? nil : present))
    case .text:
      let (codes, strings) = codes.take(strings)
      return Column(name, .text(TextColumn(codes: consume codes, unsorted: strings)))
    case .inferred:
      let (codes, strings) = codes.takeUsed(strings)
      return Column(name, inferring: consume codes, strings, style)
    }
  }
}
