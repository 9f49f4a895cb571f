import RandomNumbers
import Testing

@testable import DataChecks

@Suite("Drift")
struct DriftTests {
  /// Items with heavy tails, or all alike; users who are on one device each.
  private func data(seed: UInt64, isUniform: Bool, rows: Int = 30_000, shiftedDevices: Bool = false) -> MadeData {
    var data = MadeData(hasTimes: false)
    var random = RandomGenerator(seed: seed, stream: "drift")
    for _ in 0..<rows {
      let user = random.below(random.below(600) + 1)
      let item = isUniform ? random.below(2_000) : random.below(random.below(random.below(2_000) + 1) + 1)
      let device = shiftedDevices ? "web" : ["tv", "web", "app"][Int(user % 3)]
      data.add("u\(user)", "i\(item)", rating: Double(random.below(5) + 1), device: device)
    }
    return data
  }

  @Test("two random halves of the same data never drift apart", arguments: [false, true])
  func halves(isUniform: Bool) throws {
    for seed in 1...25 as ClosedRange<UInt64> {
      let whole = data(seed: seed, isUniform: isUniform, rows: [300, 3_000, 30_000][Int(seed % 3)])
      let first = try whole.part(0, of: 2, seed: seed).statistics()
      let second = try whole.part(1, of: 2, seed: seed).statistics(after: first)
      let drifts = try #require(second.changes?.drifts)
      let shown = drifts.filter { $0.isBeyondChance && $0.excess > Expectations().drift.most }
      #expect(!drifts.isEmpty && shown.isEmpty, "seed \(seed): \(shown)")
    }
  }

  @Test("data in which one value takes over drift, and the value is named")
  func shifted() throws {
    let before = try data(seed: 1, isUniform: false).statistics()
    let anomalies = try data(seed: 2, isUniform: false, shiftedDevices: true).anomalies(after: before)
    let drift = try #require(anomalies.first { $0.rule == .drift && $0.subject == "interactions.device" })
    #expect(drift.severity == .warning)
    #expect(drift.found.contains(" 0 %, 3"), "\(drift.found)")
  }

  @Test("numbers of many values drift by their bins")
  func numbers() throws {
    var (low, high) = (MadeData(hasTimes: false), MadeData(hasTimes: false))
    var random = RandomGenerator(seed: 3)
    for row in 0..<40_000 {
      low.add("u\(row % 5_000)", "i\(row % 100)", rating: Double(random.below(1_000_000)) / 1000)
      high.add("u\(row % 5_000)", "i\(row % 100)", rating: Double(random.below(1_000_000)) / 1000 + 400)
    }
    let before = try low.statistics()
    #expect(before.column("rating", of: "interactions")?.bins?.rows.count == NumberBins.wanted)
    #expect(try !low.anomalies(after: before).contains { $0.rule == .drift })
    #expect(try high.anomalies(after: before).contains { $0.rule == .drift && $0.subject == "interactions.rating" })
  }
}
