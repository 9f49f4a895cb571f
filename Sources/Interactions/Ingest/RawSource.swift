/// A format of raw data with its options: it reads a source, a file or a folder, into what `ingest` publishes.
///
/// A format of tables is a `TableFormat`, which `TabularSource` makes a source.
package protocol RawSource: Sendable {
  func read(_ source: String) throws -> Ingested
}
