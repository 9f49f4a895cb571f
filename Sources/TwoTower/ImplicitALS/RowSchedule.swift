import LinearAlgebra

/// The order in which the rows of a half sweep are solved: the longest first, so that no thread is left alone with one
/// at
/// the end, and rows of about one length together.
struct RowSchedule: Sendable {
  /// The rows so long that all threads share them, one after another.
  let shared: [Int32]
  /// The other rows that have elements.
  let rows: [Int32]
  /// Ranges of `rows` that one thread solves together.
  let blocks: [Range<Int>]

  static let blockRows = 48
  /// Elements beyond which a block takes no further row.
  static let blockElements = 2048

  /// - Parameter longest: of the rows that threads do not share.
  init(_ matrix: SparseMatrix, longest: Int) {
    func count(_ row: Int32) -> Int { matrix.starts[Int(row) + 1] - matrix.starts[Int(row)] }
    let order = (0..<Int32(matrix.rowCount)).filter { count($0) > 0 }
      .sorted { (count($1), $0) < (count($0), $1) }
    let first = order.firstIndex { count($0) <= longest } ?? order.endIndex
    shared = Array(order[..<first])
    rows = Array(order[first...])
    var (blocks, start, elements) = ([Range<Int>](), 0, 0)
    for (place, row) in rows.enumerated() {
      if place - start == Self.blockRows || elements > Self.blockElements {
        blocks.append(start..<place)
        (start, elements) = (place, 0)
      }
      elements += count(row)
    }
    if start < rows.count { blocks.append(start..<rows.count) }
    self.blocks = blocks
  }
}
