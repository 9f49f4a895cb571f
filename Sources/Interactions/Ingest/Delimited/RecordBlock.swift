/// Whole records of a delimited file, on their way to whichever thread is free.
struct RecordBlock: Sendable {
  /// Zeros behind the text, so that eight bytes can be loaded from any place of it.
  static let padding = [UInt8](repeating: 0, count: 8)

  /// The text, and the padding.
  let bytes: [UInt8]
  let layout: FileLayout
  /// The lines of the file before the block; `nil` if it follows the block before.
  let linesBefore: Int?

  /// The number of bytes of the text.
  var count: Int { bytes.count - Self.padding.count }
}

/// The layout that a file's first record gives to all others.
struct FileLayout: Sendable {
  let file: String
  let dialect: DelimitedDialect
  /// The number of fields of a record.
  let width: Int
  /// The fields for the table's first columns, and the values of the others.
  let places: [Int]
  let constants: [RawValue]
  /// `true` if the file has the table's columns in their order.
  let isAligned: Bool

  init(file: String, dialect: DelimitedDialect, width: Int, places: [Int], constants: [RawValue]) {
    self.file = file
    self.dialect = dialect
    self.width = width
    self.places = places
    self.constants = constants
    isAligned = constants.isEmpty && places.elementsEqual(0..<width)
  }
}

/// The outcome of a block's records, without the rows.
struct ParsedBlock: Sendable {
  /// The rejected rows, with lines counted from the block's first, which is 1.
  var rejects: [Reject] = []
  var lines = 0
  var rows = 0
  /// The bytes of the block.
  var bytes = 0
  var linesBefore: Int?
}
