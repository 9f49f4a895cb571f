import Logging

/// Lines for people: time, level, label, the metadata by their names, and the message.
package struct TextLines: LineFormat {
  package init() {}

  package func line(
    _ event: LogEvent, time: String, label: String, metadata: [(key: String, value: Logger.Metadata.Value)]
  ) -> [UInt8] {
    let facts = metadata.map { " \(Self.plain($0.key))=\(Self.plain("\($0.value)"))" }.joined()
    let text = "\(event.message)" + (event.error.map { ": \($0)" } ?? "")
    return Array("\(time) \(event.level.rawValue) \(label):\(facts) \(Self.plain(text))\n".utf8)
  }

  /// What a request says may neither begin another line nor reach a terminal as an order to it.
  private static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    return text.unicodeScalars.map {
      $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0)
    }.joined()
  }
}
