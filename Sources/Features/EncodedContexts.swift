import BasicAlgorithms
package import Interactions
package import LinearAlgebra
import Tables

/// The contexts of interactions by their features: each distinct one once, and which of them a row has.
///
/// Columns are read one after the other. Memory is 4 bytes a row and a column at a time, and about 100 bytes for each
/// distinct context: hours and devices have few, and numbers of absolute times nearly one for each row.
package struct EncodedContexts: Sendable, Equatable {
  package let features: FeatureSet
  /// A row for each distinct context, in the order in which they come.
  package let matrix: SparseMatrix
  /// The number of each row's context.
  package let numbers: [Int32]
  /// Number of rows without a value, and of rows all of whose values are unknown, by feature; neither adds anything.
  package let missing: [Int]
  package let unknown: [Int]

  /// - Throws: `FeatureError` if the interactions lack a column, or have it of another kind.
  package init(_ features: FeatureSet, of interactions: InteractionFile) throws {
    try self.init(features, rows: interactions.count, there: interactions.columns) { try interactions.column($0) }
  }

  /// - Throws: `FeatureError` if the interactions lack a column, or have it of another kind.
  package init(_ features: FeatureSet, of interactions: Interactions) throws {
    try self.init(features, rows: interactions.count, there: interactions.table.descriptions) {
      interactions.table.column($0)
    }
  }

  private init(
    _ features: FeatureSet, rows: Int, there: [ColumnDescription], column: (String) throws -> Column?
  ) throws {
    var numbers = [Int32](repeating: 0, count: rows)
    var joined: [JoinedCodes] = []
    var encodings: [FeatureCodes] = []
    for feature in features.features {
      let name = feature.declaration.column
      guard let values = try column(name) else {
        throw FeatureError.noColumn(name, of: "the interactions", there: there.map(\.name))
      }
      try feature.kind.check(values, feature.declaration)
      var codes = FeatureCodes(feature, values)
      joined.append(JoinedCodes(&numbers, with: codes.takeCodes()))
      encodings.append(codes)
    }
    self.features = features
    (missing, unknown) = (encodings.map(\.missing), encodings.map(\.unknown))
    matrix = Self.matrix(features, joined, encodings)
    self.numbers = numbers
  }

  private init(_ all: EncodedContexts, numbers: [Int32]) {
    features = all.features
    matrix = all.matrix
    self.numbers = numbers
    (missing, unknown) = (all.missing, all.unknown)
  }

  /// The contexts of some of the rows; counts stay those of all.
  package func selecting(_ rows: [Int]) -> EncodedContexts { EncodedContexts(self, numbers: rows.map { numbers[$0] }) }

  /// Lines for people about features that not every row has a known value of.
  package var gaps: [String] {
    features.features.enumerated().compactMap { place, feature in
      let (missing, unknown) = (missing[place], unknown[place])
      guard missing + unknown > 0 else { return nil }
      return "context feature \(feature.declaration.text): \(missing) rows have no value, \(unknown) an unknown one"
    }
  }

  private static func matrix(
    _ features: FeatureSet, _ joined: [JoinedCodes], _ encodings: [FeatureCodes]
  ) -> SparseMatrix {
    let firsts = features.features.indices.map { feature in
      features.features[..<feature].reduce(0) { $0 + $1.width }
    }
    let rows = (0..<(joined.last?.pairs.count ?? 0)).map { context -> [SparseMatrix.Element] in
      var (number, codes) = (context, [Int]())
      for stage in joined.reversed() {
        codes.append(Int(stage.pairs[number].code))
        number = Int(stage.pairs[number].earlier)
      }
      return codes.reversed().enumerated().flatMap { feature, code in
        encodings[feature].encodings[code].map { (Int32(firsts[feature] + $0.column), $0.weight) }
      }
    }
    return SparseMatrix(columnCount: features.width, rows: rows)
  }
}

/// Distinct pairs of a number that rows have so far and the code of one more feature.
private struct JoinedCodes {
  private(set) var pairs: [(earlier: Int32, code: UInt32)] = []

  /// - Parameter numbers: of the rows so far, which get those of the pairs.
  init(_ numbers: inout [Int32], with codes: [UInt32]) {
    var numbering = PairNumbering()
    for row in numbers.indices {
      let (number, isNew) = numbering.number(Int(numbers[row]), Int(codes[row]))
      if isNew { pairs.append((numbers[row], codes[row])) }
      numbers[row] = number
    }
  }
}

/// The distinct encodings of one feature, and which of them each row has.
private struct FeatureCodes {
  typealias Values = [(column: Int, weight: Float)]

  /// The first is that of rows that have nothing.
  private(set) var encodings: [Values] = [[]]
  private(set) var missing = 0
  private(set) var unknown = 0
  private var codes: [UInt32] = []
  private var singles: [UInt64: UInt32] = [:]
  private var lists: [[Int]: UInt32] = [:]

  init(_ feature: Feature, _ column: Column) {
    codes.reserveCapacity(column.count)
    switch column.values {
    case .text(let text):
      // Each distinct text once.
      let ofTexts = text.dictionary.indices.map { place in
        let value = text.dictionary[place]
        return feature.encoding(of: feature.kind.isWords ? Words.of(value) : value.isEmpty ? [] : [value])
      }
      let ofCodes = ofTexts.map { code($0) }
      for code in text.codes { take(ofTexts[Int(code)], ofCodes[Int(code)]) }
    case .integers, .reals:
      for row in 0..<column.count { take(feature.encoding(ofNumberIn: column, row)) }
    case .textLists:
      for row in 0..<column.count {
        take(feature.encoding(of: DescribedThings.distinctTokens(column, row, words: feature.kind.isWords)))
      }
    }
  }

  /// The codes of all rows, which are let go of.
  mutating func takeCodes() -> [UInt32] {
    defer { codes = [] }
    return codes
  }

  private mutating func take(_ encoding: Feature.Encoding) { take(encoding, code(encoding)) }

  private mutating func take(_ encoding: Feature.Encoding, _ code: UInt32) {
    switch encoding {
    case .missing: missing += 1
    case .unknown: unknown += 1
    case .values: break
    }
    codes.append(code)
  }

  private mutating func code(_ encoding: Feature.Encoding) -> UInt32 {
    guard case .values(let values) = encoding, let first = values.first else { return 0 }
    let next = UInt32(encodings.count)
    let found: UInt32
    if values.count == 1 {
      let key = UInt64(first.column) << 32 | UInt64(first.weight.bitPattern)
      found = singles[key] ?? next
      singles[key] = found
    } else {
      // The weights of a list follow from the number of its values.
      let key = values.map(\.column)
      found = lists[key] ?? next
      lists[key] = found
    }
    if found == next { encodings.append(values) }
    return found
  }
}

extension Feature {
  /// The encoding of a row of a column of numbers.
  fileprivate func encoding(ofNumberIn column: Column, _ row: Int) -> Encoding {
    if kind.isNumeric { return encoding(of: DescribedThings.number(column, row)) }
    let text = column.text(row)
    return encoding(of: text.isEmpty ? [] : [text])
  }
}
