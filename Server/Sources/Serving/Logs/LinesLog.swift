import Foundation
import Logging

/// A format of the log, which makes a line of each event.
package protocol LineFormat: Sendable {
  /// - Parameters:
  ///   - time: ISO 8601, in UTC.
  ///   - metadata: of the logger and the event, by their names.
  func line(_ event: LogEvent, time: String, label: String, metadata: [(key: String, value: Logger.Metadata.Value)])
    -> [UInt8]
}

/// A log handler that writes one line for each event.
package struct LinesLog: LogHandler {
  package var logLevel = Logger.Level.info
  package var metadata: Logger.Metadata = [:]
  private let label: String
  private let format: any LineFormat
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameter write: writes a line with its line break; called from any thread.
  package init(label: String, format: some LineFormat, write: @escaping @Sendable ([UInt8]) -> Void) {
    self.label = label
    self.format = format
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    write(format.line(event, time: time, label: label, metadata: facts))
  }
}
