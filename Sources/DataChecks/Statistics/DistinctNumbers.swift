import BasicAlgorithms

/// The distinct numbers of a column with their rows, in bounded memory: all of them while there are few; of more, those
/// whose mixed bits end in so many zeros, whose number tells about how many there are (Wegman's adaptive sampling).
struct DistinctNumbers {
  /// The most numbers that are kept; the estimate beyond them is off by some hundredth.
  static let most = 8192

  private static let slots = 2 * most
  /// The bits of a number by slot, and its rows; 0 rows in a free slot.
  private var numbers = [UInt64](repeating: 0, count: slots)
  private var rows = [Int](repeating: 0, count: slots)
  private var used = 0
  private var level: UInt64 = 0

  /// `true` if all numbers that were taken are here.
  var isExact: Bool { level == 0 }

  /// The number of distinct numbers, estimated unless `isExact`.
  var count: Int { used << Int(level) }

  mutating func take(_ number: Double, rows taken: Int = 1) {
    // Both zeros are one number.
    let bits = (number == 0 ? 0 : number).bitPattern
    let mixed = SplitMix64.mixed(bits &+ SplitMix64.increment)
    guard mixed & ((1 << level) - 1) == 0 else { return }
    var slot = Int(mixed >> 32) & (Self.slots - 1)
    while rows[slot] != 0, numbers[slot] != bits { slot = (slot + 1) & (Self.slots - 1) }
    if rows[slot] == 0 {
      numbers[slot] = bits
      used += 1
    }
    rows[slot] += taken
    if used > Self.most { keepHalf() }
  }

  private mutating func keepHalf() {
    let old = zip(numbers, rows).filter { $0.1 > 0 }
    self = DistinctNumbers(level: level + 1)
    for (bits, rows) in old { take(Double(bitPattern: bits), rows: rows) }
  }

  init() {}

  private init(level: UInt64) { self.level = level }

  /// The numbers that are kept with their rows, the least first.
  var sorted: [(number: Double, rows: Int)] {
    zip(numbers, rows).filter { $0.1 > 0 }.map { (Double(bitPattern: $0.0), $0.1) }.sorted { $0.0 < $1.0 }
  }
}
