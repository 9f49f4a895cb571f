import BasicAlgorithms
import Interactions
import Kernels
package import Tables

/// A feature whose vocabulary, bounds or moments were taken from data.
package struct Feature: Sendable, Equatable {
  package let declaration: FeatureDeclaration
  package let kind: FeatureKind
  package let scale: Scale

  /// The vocabulary, boundaries or means that were learnt from the data.
  package enum Scale: Sendable, Equatable {
    /// Known values, sorted by their bytes, and the number of things that have each.
    case vocabulary(Strings, counts: [Int64])
    /// Nothing is learnt of hashed values.
    case hash(buckets: Int)
    /// Bucket b holds numbers from `bounds[b − 1]` on, and below `bounds[b]`.
    case bounds([Double])
    case moments(mean: Double, deviation: Double)
    /// The number of things that have each part of a time; all parts are known beforehand.
    case timeParts(TimePart, counts: [Int64])
  }

  /// Number of columns that the feature has in the encoded matrix.
  package var width: Int {
    switch scale {
    case .vocabulary(let values, _): values.count
    case .hash(let buckets): buckets
    case .bounds(let bounds): bounds.count + 1
    case .moments: 1
    case .timeParts(let part, _): part.count
    }
  }

  init(declaration: FeatureDeclaration, kind: FeatureKind, scale: Scale) {
    self.declaration = declaration
    self.kind = kind
    self.scale = scale
  }

  /// Learns the feature from all things that the table describes; time O(values · log(values)).
  package init(_ declaration: FeatureDeclaration, of things: DescribedThings) throws(FeatureError) {
    let column = try Self.column(declaration, of: things)
    let kind = declaration.kind ?? Self.usualKind(column.kind)
    try kind.check(column, declaration)
    let scale: Scale =
      switch kind {
      case .hashed(let buckets): .hash(buckets: buckets)
      case .category(let least), .list(let least), .words(let least):
        Self.vocabulary(kind, column, of: things, atLeast: least)
      case .number: Self.moments(column, of: things)
      case .buckets(let count): Self.bounds(column, of: things, buckets: count)
      case .timePart(let part): Self.timeParts(part, column, of: things)
      }
    self.init(declaration: declaration, kind: kind, scale: scale)
  }

  static func column(_ declaration: FeatureDeclaration, of things: DescribedThings) throws(FeatureError) -> Column {
    guard let column = things.table.column(declaration.column) else {
      throw .noColumn(declaration.column, of: things.name, there: things.table.columns.map(\.name))
    }
    return column
  }

  private static func usualKind(_ kind: ColumnKind) -> FeatureKind {
    switch kind {
    case .text: .category(atLeast: 1)
    case .textList: .list(atLeast: 1)
    case .integer, .real: .buckets(FeatureKind.usualBuckets)
    }
  }

  private static func vocabulary(
    _ kind: FeatureKind, _ column: Column, of things: DescribedThings, atLeast least: Int
  ) -> Scale {
    if let counted = codeCounts(column, of: things) {
      return vocabulary(kind, of: counted.dictionary, counts: counted.counts, atLeast: least)
    }
    var counts = ValueCounts()
    for thing in 0..<things.count {
      for token in things.tokens(of: thing, in: column, isSingle: kind.isSingle, words: kind.isWords) {
        counts.add(1, of: token)
      }
    }
    return counts.vocabulary(atLeast: least)
  }

  /// The number of things that have each text, where every row is a thing by itself; `nil` elsewhere.
  private static func codeCounts(
    _ column: Column, of things: DescribedThings
  ) -> (dictionary: Strings, counts: [Int64])? {
    guard things.areRows, case .text(let text) = column.values else { return nil }
    return (text.dictionary, text.counts.map { Int64($0) })
  }

  /// Counts what texts are made of, each text once.
  private static func vocabulary(
    _ kind: FeatureKind, of dictionary: Strings, counts ofTexts: [Int64], atLeast least: Int
  ) -> Scale {
    var counts = ValueCounts()
    for (place, count) in ofTexts.enumerated() where count > 0 {
      let text = dictionary[place]
      for token in kind.isWords ? Words.of(text) : [text] where !token.isEmpty { counts.add(count, of: token) }
    }
    return counts.vocabulary(atLeast: least)
  }

  private static func timeParts(_ part: TimePart, _ column: Column, of things: DescribedThings) -> Scale {
    var counts = [Int64](repeating: 0, count: part.count)
    for thing in 0..<things.count {
      if let place = things.number(of: thing, in: column).flatMap(part.place) { counts[place] += 1 }
    }
    return .timeParts(part, counts: counts)
  }

  private static func moments(_ column: Column, of things: DescribedThings) -> Scale {
    let numbers = (0..<things.count).compactMap { things.number(of: $0, in: column) }
    let count = Double(max(numbers.count, 1))
    let mean = numbers.reduce(0) { $0 + $1 / count }
    let deviation = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot()
    return .moments(mean: mean, deviation: deviation.isFinite ? deviation : 0)
  }

  /// Bounds between buckets of about equally many things; equal numbers are in one bucket.
  private static func bounds(_ column: Column, of things: DescribedThings, buckets: Int) -> Scale {
    let sorted = (0..<things.count).compactMap { things.number(of: $0, in: column) }.sorted()
    var bounds: [Double] = []
    for bucket in 1..<buckets where !sorted.isEmpty {
      let bound = sorted[bucket * sorted.count / buckets]
      if bound > bounds.last ?? sorted[0] { bounds.append(bound) }
    }
    return .bounds(bounds)
  }
}

/// Counts of distinct values.
private struct ValueCounts {
  private var interner = Interner()
  private var counts: [Int64] = []

  mutating func add(_ count: Int64, of value: String) {
    let number = Int(interner.intern(value))
    if number == counts.count { counts.append(0) }
    counts[number] += count
  }

  /// The values that are counted often enough.
  func vocabulary(atLeast least: Int) -> Feature.Scale {
    let values = interner.strings
    let kept = values.sortedOrder().filter { counts[$0] >= least }
    return .vocabulary(values.selecting(kept), counts: kept.map { counts[$0] })
  }
}

extension Feature {
  /// The columns of a thing's encoding and their weights.
  enum Encoding {
    case values([(column: Int, weight: Float)])
    /// The thing has values, and the vocabulary none of them.
    case unknown
    /// The thing has no value.
    case missing
  }

  func encoding(of thing: Int, _ column: Column, _ things: DescribedThings) -> Encoding {
    kind.isNumeric
      ? encoding(of: things.number(of: thing, in: column))
      : encoding(of: things.tokens(of: thing, in: column, isSingle: kind.isSingle, words: kind.isWords))
  }

  /// - Parameter tokens: distinct, the first of them alone for a feature of single values.
  func encoding(of tokens: [String]) -> Encoding {
    guard let first = tokens.first else { return .missing }
    guard case .vocabulary(let values, _) = scale else {
      var hash = FNV1a()
      hash.mix(first.utf8)
      return .values([(Int(hash.value % UInt64(width)), 1)])
    }
    let known = tokens.compactMap { values.sortedIndex(of: $0) }.sorted()
    guard !known.isEmpty else { return .unknown }
    let weight = kind.isSingle ? 1 : 1 / Float(known.count).squareRoot()
    return .values(known.map { ($0, weight) })
  }

  func encoding(of number: Double?) -> Encoding {
    guard let number else { return .missing }
    switch scale {
    case .bounds(let bounds): return .values([(bounds.indices.partitioningIndex { bounds[$0] > number }, 1)])
    case .moments(let mean, let deviation):
      return .values([(0, deviation > 0 ? Float((number - mean) / deviation) : 0)])
    case .timeParts(let part, _):
      guard let place = part.place(number) else { return .unknown }
      return .values([(place, Float(1))])
    case .vocabulary, .hash: preconditionFailure("a number for \(kind)")
    }
  }

  /// The encoding of a thing by values that somebody gives, as a row of the table would have them.
  ///
  /// - Parameter values: of the feature's column: several for a list, and none if missing.
  /// - Throws: `FeatureError.notANumber`.
  func encoding(given values: [String]) throws(FeatureError) -> Encoding {
    let there = values.filter { !$0.isEmpty }
    guard kind.isNumeric else {
      var tokens: [String] = []
      for token in kind.isWords ? there.flatMap(Words.of) : there where !tokens.contains(token) { tokens.append(token) }
      return encoding(of: kind.isSingle ? Array(tokens.prefix(1)) : tokens)
    }
    guard let text = there.first else { return encoding(of: nil) }
    if let number = Double(text), number.isFinite { return encoding(of: number) }
    // Columns of times are of seconds since 1970, which nobody writes by hand.
    guard let seconds = CivilTime.seconds(text) else { throw .notANumber(text, column: declaration.column) }
    return encoding(of: Double(seconds))
  }
}

extension FeatureKind {
  /// `true` if a thing has one value at most.
  var isSingle: Bool {
    switch self {
    case .category, .hashed, .number, .buckets, .timePart: true
    case .list, .words: false
    }
  }

  package var isWords: Bool {
    if case .words = self { true } else { false }
  }

  /// `true` if a thing's value is read as a number.
  var isNumeric: Bool {
    switch self {
    case .number, .buckets, .timePart: true
    case .category, .hashed, .list, .words: false
    }
  }

  /// `true` if a time is taken for the moment that it is, and not for a part of a day, a week or a year that comes
  /// round again.
  package var isAbsolute: Bool {
    switch self {
    case .timePart: false
    default: true
    }
  }

  func check(_ column: Column, _ declaration: FeatureDeclaration) throws(FeatureError) {
    let expected: [ColumnKind] =
      switch self {
      case .category, .hashed: [.text, .integer, .real]
      case .list: [.textList, .text]
      case .words: [.text, .textList]
      case .number, .buckets, .timePart: [.integer, .real]
      }
    guard expected.contains(column.kind) else {
      throw .wrongKind(declaration.text, column: column.name, kind: column.kind, expected: expected)
    }
  }
}
