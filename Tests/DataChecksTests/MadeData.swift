import Artifacts
import Interactions
import RandomNumbers
import SystemFiles
import Tables
import TestKit

@testable import DataChecks

/// Made-up interactions: who chose what, when, and what was said of it.
struct MadeData {
  var users: [String] = []
  var items: [String] = []
  var times: [Int64?] = []
  var ratings: [Double?] = []
  var devices: [String] = []
  var hasTimes = true

  static let firstDay = 20_000

  mutating func add(_ user: String, _ item: String, at time: Int64? = nil, rating: Double? = 3, device: String = "tv") {
    users.append(user)
    items.append(item)
    times.append(time)
    ratings.append(rating)
    devices.append(device)
  }

  /// Days that are alike, of 200 users and 100 items.
  ///
  /// - Parameter rows: by day.
  static func days(_ rows: [Int], seed: UInt64 = 1) -> MadeData {
    var data = MadeData()
    var random = RandomGenerator(seed: seed)
    for (day, count) in rows.enumerated() {
      for _ in 0..<count {
        data.add(
          "u\(random.below(200))", "i\(random.below(random.below(100) + 1))",
          at: Int64((firstDay + day) * 86_400) + Int64(random.below(86_400)), rating: Double(random.below(5) + 1),
          device: ["tv", "web", "app"][Int(random.below(3))])
      }
    }
    return data
  }

  /// The rows for which a number below `parts`, drawn for each, is `part`.
  func part(_ part: UInt64, of parts: UInt64, seed: UInt64) -> MadeData {
    var random = RandomGenerator(seed: seed)
    var chosen = MadeData(hasTimes: hasTimes)
    for row in users.indices where random.below(parts) == part {
      chosen.add(users[row], items[row], at: times[row], rating: ratings[row], device: devices[row])
    }
    return chosen
  }

  func file(_ scratch: Scratch, _ name: String = "interactions") throws -> ArtifactFile {
    var columns = [
      Column("user", text: users), Column("item", text: items), Column("rating", reals: ratings),
      Column("device", text: devices),
    ]
    if hasTimes { columns.append(Column("at", integers: times)) }
    let interactions = Interactions(
      columns: columns, rows: users.count,
      roles: .init(query: "user", candidate: "item", timestamp: hasTimes ? "at" : nil, weight: "rating"))
    let path = scratch.file(name)
    Files.remove(path)
    try interactions.publish(to: path, lineage: .none)
    return try ArtifactFile(path: path)
  }

  func statistics(after earlier: DataStatistics? = nil) throws -> DataStatistics {
    try DataProfiler().statistics(of: file(Scratch()), after: earlier)
  }

  func anomalies(
    _ expectations: Expectations = Expectations(), after earlier: DataStatistics? = nil, asOf: Int? = nil
  ) throws -> [Anomaly] {
    let file = try file(Scratch())
    let statistics = try expectations.profiler.statistics(of: file, after: earlier)
    let tables = try CheckedTables(interactions: file)
    return try DataCheck(statistics, expectations, tables, earlier: earlier, asOf: asOf).anomalies()
  }
}
