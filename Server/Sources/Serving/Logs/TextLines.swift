import Logging

/// The log's text format: time, level, label, message, and the metadata sorted by name.
package struct TextLines: LineFormat {
  package init() {}

  package func line(
    _ event: LogEvent, time: String, label: String, metadata: [(key: String, value: Logger.Metadata.Value)]
  ) -> [UInt8] {
    let facts = metadata.map { " \(Self.plain($0.key))=\(Self.quoted("\($0.value)"))" }.joined()
    let text = "\(event.message)" + (event.error.map { ": \($0)" } ?? "")
    return Array("\(time) \(event.level.rawValue) \(label): \(Self.plain(text))\(facts)\n".utf8)
  }

  private static func quoted(_ text: String) -> String {
    text.contains(where: { $0 == " " || $0 == "\"" }) ? "\"\(plain(text).replacing("\"", with: "\\\""))\"" : plain(text)
  }

  /// Escapes control characters, so that a request can neither start a line nor control a terminal.
  private static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    return text.unicodeScalars.map {
      $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0)
    }.joined()
  }
}
