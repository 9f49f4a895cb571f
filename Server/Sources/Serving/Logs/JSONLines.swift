import JSON
import Logging

/// The log's JSON format: objects of `time`, `level`, `label`, `message`, `error` if any, and the metadata sorted by
/// name.
package struct JSONLines: LineFormat {
  package init() {}

  private static let own = ["time", "level", "label", "message", "error"]

  package func line(
    _ event: LogEvent, time: String, label: String, metadata: [(key: String, value: Logger.Metadata.Value)]
  ) -> [UInt8] {
    JSONText.of { json in
      json.raw("{\"time\":")
      json.string(time)
      json.raw(",\"level\":\"\(event.level.rawValue)\",\"label\":")
      json.string(label)
      json.raw(",\"message\":")
      json.string("\(event.message)")
      if let error = event.error {
        json.raw(",\"error\":")
        json.string("\(error)")
      }
      for (name, value) in metadata where !Self.own.contains(name) {
        json.raw(",")
        json.string(name)
        json.raw(":")
        Self.append(value, to: &json)
      }
      json.raw("}\n")
    }
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
