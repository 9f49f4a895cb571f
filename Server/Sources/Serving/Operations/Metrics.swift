import ModelVersions
import Synchronization

/// Counts for Prometheus (prometheus.io/docs/instrumenting/exposition_formats).
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

  private struct State {
    var requests: [Route: Int] = [:]
    var latencies: [String: Histogram] = [:]
    var queries = 0
    var unknownQueries = 0
  }

  /// Seconds.
  private static let bounds = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  ]

  private let state = Mutex(State())
  private let running = Atomic(0)
  private let waiting = Atomic(0)

  package init() {}

  /// Counts one more request, until `leave`.
  ///
  /// - Returns: whether it is one of so many.
  func enter(atMost limit: Int) -> Bool {
    running.wrappingAdd(1, ordering: .relaxed).oldValue < limit
  }

  func leave() { running.wrappingSubtract(1, ordering: .relaxed) }

  /// Counts one more search that is queued for a thread, until `endWait`.
  func beginWait() { waiting.wrappingAdd(1, ordering: .relaxed) }

  func endWait() { waiting.wrappingSubtract(1, ordering: .relaxed) }

  func took(_ duration: Duration, route: String, status: Int) {
    let seconds = Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds)
    state.withLock { state in
      state.requests[Route(name: route, status: status), default: 0] += 1
      var histogram = state.latencies[route] ?? Histogram()
      if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { histogram.counts[bucket] += 1 }
      histogram.sum += seconds
      histogram.count += 1
      state.latencies[route] = histogram
    }
  }

  func asked(_ queries: Int, unknown: Int) {
    state.withLock {
      $0.queries += queries
      $0.unknownQueries += unknown
    }
  }

  /// As the value of a label.
  private static func escaped(_ name: String) -> String {
    name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  func text(_ registry: ModelRegistry) -> String {
    let state = state.withLock { $0 }
    var lines: [String] = []
    func head(_ name: String, _ kind: String, _ help: String) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"]
    }
    head("tandem_requests_total", "counter", "Requests that were answered.")
    for (route, count) in state.requests.sorted(by: { ($0.key.name, $0.key.status) < ($1.key.name, $1.key.status) }) {
      lines.append("tandem_requests_total{route=\"\(route.name)\",status=\"\(route.status)\"} \(count)")
    }
    head("tandem_request_seconds", "histogram", "Time from a request's head to its answer.")
    for (route, histogram) in state.latencies.sorted(by: { $0.key < $1.key }) {
      var sum = 0
      for (bound, count) in zip(Self.bounds, histogram.counts) {
        sum += count
        lines.append("tandem_request_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(sum)")
      }
      lines.append("tandem_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(histogram.count)")
      lines.append("tandem_request_seconds_sum{route=\"\(route)\"} \(histogram.sum)")
      lines.append("tandem_request_seconds_count{route=\"\(route)\"} \(histogram.count)")
    }
    head("tandem_requests_running", "gauge", "Requests that are being answered.")
    lines.append("tandem_requests_running \(running.load(ordering: .relaxed))")
    head("tandem_searches_waiting", "gauge", "Long searches that wait for a thread.")
    lines.append("tandem_searches_waiting \(waiting.load(ordering: .relaxed))")
    head("tandem_queries_total", "counter", "Queries that recommendations were asked for.")
    lines.append("tandem_queries_total \(state.queries)")
    head("tandem_unknown_queries_total", "counter", "Those of them that the model does not know.")
    lines.append("tandem_unknown_queries_total \(state.unknownQueries)")
    head("tandem_model_version", "gauge", "The version that answers when none is asked for.")
    for name in registry.names {
      guard let model = registry.model(name) else { continue }
      lines.append("tandem_model_version{model=\"\(Self.escaped(name))\"} \(model.current?.number ?? 0)")
    }
    head("tandem_refused_versions", "gauge", "Versions that are there and were refused.")
    for name in registry.names {
      lines.append(
        "tandem_refused_versions{model=\"\(Self.escaped(name))\"} \(registry.model(name)?.refused.count ?? 0)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
