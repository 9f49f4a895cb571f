import Synchronization
import Tables

/// The texts of a column, which each thread numbers for itself.
final class TextLanes: Sendable {
  private final class Lane: Sendable {
    let codes: Mutex<TextCodes>

    init(_ role: ColumnRole?) { codes = Mutex(TextCodes(role)) }
  }

  private let lanes: [Lane]

  init(_ role: ColumnRole?, count: Int) { lanes = (0..<count).map { _ in Lane(role) } }

  /// Gives `body` the texts of a lane, which no other thread uses meanwhile.
  func with<Value: Sendable>(_ lane: Int, _ body: (inout TextCodes) -> Value) -> Value {
    lanes[lane].codes.withLock { body(&$0) }
  }

  /// The strings of all lanes.
  var strings: [Strings] { lanes.map { $0.codes.withLock { $0.strings } } }
}
