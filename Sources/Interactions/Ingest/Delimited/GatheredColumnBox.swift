import Synchronization
import Tables

/// A column that one thread at a time adds rows to.
final class GatheredColumnBox: Sendable {
  private let column: Mutex<GatheredColumn?>

  init(of builder: TypedColumnBuilder) { column = Mutex(GatheredColumn(of: builder)) }

  func reserve(_ rows: Int) { column.withLock { $0?.reserve(rows) } }

  /// - Parameter number: of the builder.
  func append(_ rows: Range<Int>, of builder: TypedColumnBuilder, _ number: Int) {
    column.withLock { $0?.append(rows, of: builder, number: number) }
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
