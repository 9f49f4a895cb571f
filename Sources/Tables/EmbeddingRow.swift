/// The number of something in its vocabulary, counted from 0; the type distinguishes one side's numbers from the
/// other's and both from rows of an embedding table.
public protocol VocabularyNumber: Hashable, Comparable, Sendable {
  /// The number, counted from 0.
  var value: Int32 { get }
  init(_ value: Int32)
}

extension VocabularyNumber {
  @inlinable
  public init(_ value: some BinaryInteger) { self.init(Int32(value)) }

  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

  /// The row of the embedding table that belongs to this number.
  @inlinable
  public var row: EmbeddingRow { EmbeddingRow(self) }
}

/// The number of a candidate in the candidate vocabulary, which is its number in an index and in a servable too.
public struct CandidateNumber: VocabularyNumber {
  public let value: Int32
  @inlinable
  public init(_ value: Int32) { self.value = value }
}

/// The number of a query in the query vocabulary.
public struct QueryNumber: VocabularyNumber {
  public let value: Int32
  @inlinable
  public init(_ value: Int32) { self.value = value }
}

/// A row of an embedding table: row 0 belongs to everything unknown, and row `n + 1` to number `n` of the vocabulary,
/// as Keras' `StringLookup` numbers its tokens. Numbers and rows are converted here alone.
public struct EmbeddingRow: Hashable, Strideable, Sendable, BitwiseCopyable {
  /// The row, counted from 0, the row of the unknown.
  public let index: Int32

  /// A row by its place in the table, as a file or a kernel has it.
  @inlinable
  public init(index: some BinaryInteger) { self.index = Int32(index) }

  /// The row of number 0.
  public static let firstKnown = EmbeddingRow(index: 1)

  /// The row of a number, or the row of the unknown if there is none.
  @inlinable
  public init(_ number: (some VocabularyNumber)?) { index = number.map { $0.value + 1 } ?? 0 }

  /// The row of the value at a place of its vocabulary, or the row of the unknown if it is not there.
  @inlinable
  public init(place: Int?) { self.init(place.map { CandidateNumber($0) }) }

  /// The place of the row's value in its vocabulary; `nil` for the row of the unknown.
  @inlinable
  public var place: Int? { number(CandidateNumber.self).map { Int($0.value) } }

  /// The row of everything that the vocabulary does not hold.
  public static let unknown = EmbeddingRow(index: 0)

  /// The number that the row belongs to; `nil` for the row of the unknown.
  @inlinable
  public func number<Number: VocabularyNumber>(_: Number.Type = Number.self) -> Number? {
    index > 0 ? Number(index - 1) : nil
  }

  /// `true` if the row belongs to something in the vocabulary.
  @inlinable
  public var isKnown: Bool { index > 0 }

  /// The rows of a table that belong to something in the vocabulary: all but the first.
  @inlinable
  public static func known(of rows: Int) -> Range<EmbeddingRow> {
    EmbeddingRow(index: min(rows, 1))..<EmbeddingRow(index: rows)
  }

  /// The rows of a table of `vocabulary` entries.
  @inlinable
  public static func count(vocabulary: Int) -> Int { vocabulary + 1 }

  /// The number of a vocabulary's entries in a table of `rows` rows; 0 if it has no rows at all.
  @inlinable
  public static func vocabularyCount(rows: Int) -> Int { max(rows - 1, 0) }

  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.index < right.index }
  @inlinable
  public func distance(to other: EmbeddingRow) -> Int { Int(other.index) - Int(index) }
  @inlinable
  public func advanced(by count: Int) -> EmbeddingRow { EmbeddingRow(index: Int(index) + count) }
}
