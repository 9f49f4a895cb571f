import Glibc
import Interactions

/// The Jensen-Shannon divergence of a distribution from that of earlier data, in bits.
///
/// Two samples of the same distribution diverge by chance, by (k - 1) / (8 ln 2) · (1/n + 1/m) in the mean for k values
/// and n and m independent rows, so that much is taken off. Values that are too few to tell are counted as one.
package struct Drift: Sendable, Equatable {
  /// The distribution that drifted, such as "interactions.genre" or "activity".
  package let subject: String
  package let divergence: Double
  /// The mean divergence that chance alone causes.
  package let noise: Double
  /// The value whose share changed most, with its shares before and now.
  package let mostChanged: String
  package let before: Double
  package let now: Double

  package init(
    subject: String, divergence: Double, noise: Double, mostChanged: String, before: Double, now: Double
  ) {
    self.subject = subject
    self.divergence = divergence
    self.noise = noise
    self.mostChanged = mostChanged
    self.before = before
    self.now = now
  }

  /// The divergence beyond chance.
  package var excess: Double { max(0, divergence - noise) }
  /// `true` if chance does not explain it: beyond three times what chance does.
  package var isBeyondChance: Bool { divergence > 3 * noise }

  /// The fewest earlier rows of a value that is counted by itself. Fewer would be among the most frequent by chance, and
  /// be fewer in any other sample.
  static let fewestRows = 100

  /// - Parameters:
  ///   - names: of the values.
  ///   - counts: of the values, before and now.
  ///   - independent: independent rows, before and now; no more than all rows.
  /// - Returns: `nil` if there is nothing to compare.
  init?(
    _ subject: String, names: [String], before: [Int], now: [Int], independent: (before: Double, now: Double)
  ) {
    let (n, m) = (before.reduce(0, +), now.reduce(0, +))
    guard n > 0, m > 0, before.count > 1 else { return nil }
    var divergence = 0.0
    var (most, place) = (-1.0, 0)
    for value in before.indices {
      let (p, q) = (Double(before[value]) / Double(n), Double(now[value]) / Double(m))
      let part = Self.part(p, q)
      divergence += part
      if part > most { (most, place) = (part, value) }
    }
    let kinds = Double(before.indices.count { before[$0] + now[$0] > 0 } - 1)
    self.init(
      subject: subject, divergence: max(0, divergence),
      noise: kinds / (8 * log(2)) * (1 / max(independent.before, 1) + 1 / max(independent.now, 1)),
      mostChanged: names[place], before: Double(before[place]) / Double(n), now: Double(now[place]) / Double(m))
  }

  private static func part(_ p: Double, _ q: Double) -> Double {
    let middle = (p + q) / 2
    return ((p > 0 ? p * log2(p / middle) : 0) + (q > 0 ? q * log2(q / middle) : 0)) / 2
  }

  /// All that can be compared: columns but the queries and the times, and how active queries and how popular candidates
  /// are.
  static func all(_ now: DataStatistics, after earlier: DataStatistics) -> [Drift] {
    var drifts: [Drift] = []
    for column in now.columns where column.scope == .all {
      guard let before = earlier.column(column.column, of: column.table), before.kind == column.kind,
        column.table != "interactions"
          || column.column != now.roles.query && column.column != now.roles.timestamp
      else { continue }
      let independent = (independentRows(of: column, earlier), independentRows(of: column, now))
      if let drift = Drift(before, followedBy: column, independent: independent) { drifts.append(drift) }
    }
    for (subject, before, after) in [
      ("activity", earlier.activity, now.activity), ("popularity", earlier.popularity, now.popularity),
    ] {
      let steps = max(before.steps.count, after.steps.count)
      let names = (0..<steps).map { "\(1 << $0) to \((2 << $0) - 1) interactions" }
      let counts = [before, after].map { distribution in
        (0..<steps).map { $0 < distribution.steps.count ? distribution.steps[$0].things : 0 }
      }
      let things = counts.map { Double($0.reduce(0, +)) }
      if let drift = Drift(
        subject, names: names, before: counts[0], now: counts[1], independent: (things[0], things[1]))
      {
        drifts.append(drift)
      }
    }
    return drifts
  }

  /// Rows of one query are alike in most columns, but not in their candidates, unless these repeat.
  private static func independentRows(of column: ColumnProfile, _ statistics: DataStatistics) -> Double {
    guard column.table == "interactions" else {
      return Double(statistics.column(column.column, of: column.table)?.rows ?? 0)
    }
    if column.column == statistics.roles.candidate { return Double(statistics.rows - statistics.repeatedPairs) }
    return Double(statistics.rows) / max(statistics.activity.meanOverRows, 1)
  }

  private init?(_ before: ColumnProfile, followedBy now: ColumnProfile, independent: (Double, Double)) {
    if let bins = before.bins {
      guard now.followed.count == bins.rows.count else { return nil }
      // Bins are counted in samples.
      let rows = (Double(bins.rows.reduce(0, +)), Double(now.followed.reduce(0, +)))
      self.init(
        now.name, names: bins.ends.map { "up to \(text(of: $0))" }, before: bins.rows, now: now.followed,
        independent: (min(rows.0, independent.0), min(rows.1, independent.1)))
      return
    }
    guard now.followed.count == before.top.count else { return nil }
    let head = before.top.indices.filter { before.top[$0].rows >= Self.fewestRows }
    let (earlierRows, rows) = (before.values, now.values)
    let counts = (head.map { before.top[$0].rows }, head.map { now.followed[$0] })
    guard !head.isEmpty, rows >= Self.fewestRows else { return nil }
    self.init(
      now.name, names: head.map { "\"\(before.top[$0].value)\"" } + ["all others"],
      before: counts.0 + [max(0, earlierRows - counts.0.reduce(0, +))],
      now: counts.1 + [max(0, rows - counts.1.reduce(0, +))],
      independent: (min(independent.0, Double(earlierRows)), min(independent.1, Double(rows))))
  }
}
