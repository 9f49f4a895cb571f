import Glibc

/// The terminal that standard error is, if it is one on which lines can be drawn again.
package struct Terminal: Sendable {
  /// `true` if colours are wanted.
  package let hasColours: Bool

  package init(hasColours: Bool) { self.hasColours = hasColours }

  /// - Returns: `nil` if standard error is no terminal, or one that cannot move its cursor.
  package static var ofStandardError: Terminal? {
    guard isatty(STDERR_FILENO) == 1, let kind = variable("TERM"), !kind.isEmpty, kind != "dumb" else { return nil }
    // https://no-color.org: any text but an empty one.
    return Terminal(hasColours: (variable("NO_COLOR") ?? "").isEmpty)
  }

  /// Columns and rows at this moment; people change the size of a window.
  package var size: (columns: Int, rows: Int) {
    var size = winsize()
    let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24) : (80, 24)
  }

  private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
