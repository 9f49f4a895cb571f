import Synchronization
import Tables

/// A column that one thread at a time adds rows to.
final class GatheredColumnBox: Sendable {
  /// Rows of a builder, and the builder's number.
  typealias Part = (rows: Range<Int>, builder: Int)

  private let column: Mutex<GatheredColumn?>

  init(of builder: TypedColumnBuilder) { column = Mutex(GatheredColumn(of: builder)) }

  func reserve(_ rows: Int) { column.withLock { $0?.reserve(rows) } }

  func append(_ parts: [Part], of builders: [TypedColumnBuilder]) {
    column.withLock { column in
      for part in parts { column?.append(part.rows, of: builders[part.builder], number: part.builder) }
    }
  }

  /// The finished column, which is no longer in the box then.
  ///
  /// - Parameter strings: of all builders.
  func column(_ name: String, _ strings: [Strings]) -> Column {
    column.withLock { column in
      guard let finished = column.take() else { preconditionFailure("column \(name) is finished twice") }
      return finished.column(name, strings)
    }
  }
}
