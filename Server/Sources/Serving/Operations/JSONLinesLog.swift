import Foundation
import JSON
import Logging

/// A log whose lines are JSON objects: `time` (ISO 8601), `level`, `label`, `message`, `error` if there is one, and the
/// metadata by their names.
package struct JSONLinesLog: LogHandler {
  package var logLevel = Logger.Level.info
  package var metadata: Logger.Metadata = [:]
  private let label: String
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes a line with its end; from any thread.
  package init(label: String, write: @escaping @Sendable (String) -> Void) {
    self.label = label
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  private static let own = ["time", "level", "label", "message", "error"]

  package func log(event: LogEvent) {
    let bytes = JSONText.of { json in
      json.raw("{\"time\":")
      json.string(Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)))
      json.raw(",\"level\":\"\(event.level.rawValue)\",\"label\":")
      json.string(label)
      json.raw(",\"message\":")
      json.string("\(event.message)")
      if let error = event.error {
        json.raw(",\"error\":")
        json.string("\(error)")
      }
      let all = metadata.merging(event.metadata ?? [:]) { $1 }
      for (name, value) in all.sorted(by: { $0.key < $1.key }) where !Self.own.contains(name) {
        json.raw(",")
        json.string(name)
        json.raw(":")
        Self.append(value, to: &json)
      }
      json.raw("}\n")
    }
    write(String(decoding: bytes, as: UTF8.self))
  }

  private static func append(_ value: Logger.Metadata.Value, to json: inout JSONText) {
    switch value {
    case .string(let text): json.string(text)
    case .stringConvertible(let text): json.string("\(text)")
    case .array(let values): json.list(values) { append($1, to: &$0) }
    case .dictionary(let values):
      json.members(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) { append($1, to: &$0) }
    }
  }
}
