import Synchronization

/// The resources that the runs of a sweep share: room for their stages, and raw data as the first of them found it, so that
/// none fetches again what another reads.
package final class SweepCommons: Sendable {
  let room: SharedRoom
  private let sources = Mutex<[String: SourceFetch.Found]>([:])

  init(_ capacity: Capacity) { room = SharedRoom(capacity) }

  /// The raw data of a source; `nil` if no run has looked for it.
  func found(_ source: String) -> SourceFetch.Found? { sources.withLock { $0[source] } }

  /// - Parameter resolve: finds or fetches the data. One run does that, and the others wait.
  func find(_ source: String, _ resolve: () throws -> SourceFetch.Found) throws -> SourceFetch.Found {
    try sources.withLock { sources in
      if let found = sources[source] { return found }
      let found = try resolve()
      sources[source] = found
      return found
    }
  }
}
