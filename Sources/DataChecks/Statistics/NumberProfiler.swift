/// Profiles a column of numbers that comes part by part, in bounded memory.
struct NumberProfiler {
  private var distinct = DistinctNumbers()
  private var sample: RowSample
  private var count = 0
  private var missing = 0
  private var sum = 0.0
  private var least = Double.infinity
  private var greatest = -Double.infinity

  /// - Parameter rows: how many will come, those without a number included.
  init(rows: Int) { sample = RowSample(of: rows) }

  mutating func take(_ number: Double) {
    count += 1
    sum += number
    least = min(least, number)
    greatest = max(greatest, number)
    distinct.take(number)
    sample.take(number)
  }

  mutating func takeMissing() { missing += 1 }

  /// Fills in a profile.
  ///
  /// - Parameter earlier: of the same column of earlier data.
  func finish(_ profile: inout ColumnProfile, following earlier: ColumnProfile?) {
    profile.missing = missing
    profile.values = count
    profile.distinct = distinct.count
    profile.isDistinctExact = distinct.isExact
    guard count > 0 else { return }
    (profile.least, profile.mean, profile.greatest) = (least, sum / Double(count), greatest)
    let known = distinct.sorted
    if distinct.isExact {
      profile.top = known.sorted { ($1.rows, $0.number) < ($0.rows, $1.number) }.prefix(ColumnProfile.mostTop).map {
        CountedValue(text(of: $0.number), rows: $0.rows)
      }
    }
    let sorted = distinct.isExact ? [] : sample.numbers.sorted()
    profile.areQuantilesExact = distinct.isExact || sample.isWhole
    profile.quantiles = ColumnProfile.quantileShares.map { share in
      distinct.isExact
        ? Self.quantile(share, of: known, rows: count)
        : sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }
    if !distinct.isExact { profile.bins = NumberBins(sorted: sorted) }
    guard let earlier else { return }
    if let bins = earlier.bins {
      profile.followed = bins.counts(of: distinct.isExact ? known : sorted.map { ($0, 1) })
    } else if distinct.isExact {
      let rows = Dictionary(known.map { (text(of: $0.number), $0.rows) }) { $0 + $1 }
      profile.followed = earlier.top.map { rows[$0.value] ?? 0 }
    }
  }

  private static func quantile(_ share: Double, of known: [(number: Double, rows: Int)], rows: Int) -> Double {
    let place = min(Int(share * Double(rows)), rows - 1)
    var before = 0
    for (number, rows) in known {
      before += rows
      if place < before { return number }
    }
    return known.last?.number ?? 0
  }
}

/// A number as tables show it: whole ones without decimals.
func text(of number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
}
