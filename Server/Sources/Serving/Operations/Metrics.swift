import ModelVersions
import Servable
import Synchronization

/// Metrics in Prometheus text format (prometheus.io/docs/instrumenting/exposition_formats).
package final class Metrics: Sendable {
  private struct Route: Hashable {
    let name: String
    let status: Int
  }

  private struct Histogram {
    var counts = [Int](repeating: 0, count: Metrics.bounds.count)
    var sum = 0.0
    var count = 0
  }

  /// The gauges that other types keep.
  struct State {
    /// The number of searches that wait for a thread.
    let waiting: Int
    /// The memory of bodies and replies, in bytes.
    let memory: Int
  }

  private struct Counts {
    var requests: [Route: Int] = [:]
    var latencies: [String: Histogram] = [:]
    var queries = 0
    var unknownQueries = 0
    var bases: [Servable.Basis: Int] = [:]
  }

  /// The upper bounds of the histogram's buckets, in seconds.
  private static let bounds = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  ]

  private let counts = Mutex(Counts())
  private let running = Atomic(0)
  private let connections = Atomic(0)
  private let closedForOthers = Atomic(0)
  private let acceptErrors = Atomic(0)
  /// Returns the number of log lines that could not be written.
  private let linesLost: @Sendable () -> Int

  package init(linesLost: @escaping @Sendable () -> Int = { 0 }) { self.linesLost = linesLost }

  /// Counts a request as running, until `leave`.
  func enter() { running.wrappingAdd(1, ordering: .relaxed) }

  func leave() { running.wrappingSubtract(1, ordering: .relaxed) }

  func connectionOpened() { connections.wrappingAdd(1, ordering: .relaxed) }

  func connectionClosed() { connections.wrappingSubtract(1, ordering: .relaxed) }

  /// Counts an idle connection that was closed so that another can be answered.
  func connectionClosedForAnother() { closedForOthers.wrappingAdd(1, ordering: .relaxed) }

  /// Counts a connection that could not be accepted, such as for lack of descriptors.
  func acceptFailed() { acceptErrors.wrappingAdd(1, ordering: .relaxed) }

  func took(_ duration: Duration, route: String, status: Int) {
    let seconds = duration / .seconds(1)
    counts.withLock { counts in
      counts.requests[Route(name: route, status: status), default: 0] += 1
      var histogram = counts.latencies[route] ?? Histogram()
      if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { histogram.counts[bucket] += 1 }
      histogram.sum += seconds
      histogram.count += 1
      counts.latencies[route] = histogram
    }
  }

  func asked(_ queries: Int, unknown: Int) {
    counts.withLock {
      $0.queries += queries
      $0.unknownQueries += unknown
    }
  }

  /// Counts what answered queries.
  func answered(_ bases: [Servable.Basis]) {
    counts.withLock { for basis in bases { $0.bases[basis, default: 0] += 1 } }
  }

  /// Escapes `name` as the value of a label.
  private static func escaped(_ name: String) -> String {
    name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  func text(_ registry: ModelRegistry, _ state: State) -> String {
    let counts = counts.withLock { $0 }
    var lines: [String] = []
    func head(_ name: String, _ kind: String, _ help: String) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"]
    }
    head("tandem_requests_total", "counter", "Requests that were answered.")
    for (route, count) in counts.requests.sorted(by: { ($0.key.name, $0.key.status) < ($1.key.name, $1.key.status) }) {
      lines.append("tandem_requests_total{route=\"\(route.name)\",status=\"\(route.status)\"} \(count)")
    }
    head("tandem_request_seconds", "histogram", "Time from a request's head to its reply.")
    for (route, histogram) in counts.latencies.sorted(by: { $0.key < $1.key }) {
      var sum = 0
      for (bound, count) in zip(Self.bounds, histogram.counts) {
        sum += count
        lines.append("tandem_request_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(sum)")
      }
      lines.append("tandem_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(histogram.count)")
      lines.append("tandem_request_seconds_sum{route=\"\(route)\"} \(histogram.sum)")
      lines.append("tandem_request_seconds_count{route=\"\(route)\"} \(histogram.count)")
    }
    func single(_ name: String, _ kind: String, _ help: String, _ value: Int) {
      head(name, kind, help)
      lines.append("\(name) \(value)")
    }
    func now(_ count: borrowing Atomic<Int>) -> Int { count.load(ordering: .relaxed) }
    single("tandem_requests_running", "gauge", "Requests that are being answered.", now(running))
    single("tandem_request_memory_bytes", "gauge", "Memory of request bodies and replies, in bytes.", state.memory)
    single("tandem_connections", "gauge", "Connections that are open.", now(connections))
    single(
      "tandem_connections_closed_for_others_total", "counter", "Idle connections that were closed for another.",
      now(closedForOthers))
    single(
      "tandem_accept_errors_total", "counter", "Connections that could not be accepted.", now(acceptErrors))
    single("tandem_log_lines_lost_total", "counter", "Lines of the log that could not be written.", linesLost())
    single("tandem_searches_waiting", "gauge", "Searches that wait for a thread.", state.waiting)
    single("tandem_queries_total", "counter", "Queries of requests for recommendations.", counts.queries)
    single(
      "tandem_unknown_queries_total", "counter", "Queries that the model does not know.", counts.unknownQueries)
    head("tandem_answers_total", "counter", "Lists of recommendations, by what answered.")
    for basis in Servable.Basis.allCases {
      lines.append("tandem_answers_total{basis=\"\(basis.rawValue)\"} \(counts.bases[basis] ?? 0)")
    }
    let models = registry.names.compactMap { registry.model($0) }
    func gauge(_ name: String, _ help: String, _ value: (ServedModel) -> Int) {
      head(name, "gauge", help)
      lines += models.map { "\(name){model=\"\(Self.escaped($0.name))\"} \(value($0))" }
    }
    gauge("tandem_model_version", "The version that answers requests without one; 0 if none does.") {
      $0.current?.number ?? 0
    }
    gauge("tandem_model_ready", "1 if the model answers requests without a version.") { $0.isReady ? 1 : 0 }
    gauge("tandem_refused_versions", "Versions on the disk that were refused.") { $0.refused.count }
    return lines.joined(separator: "\n") + "\n"
  }
}
