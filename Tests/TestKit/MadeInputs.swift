import Glibc
import RandomNumbers

/// Inputs made at random for a reader, as many as the tests have time for, or for hours with other seeds by
/// `Scripts/fuzz`.
///
/// Each input has a generator of its own, so that one that fails is made again by its seed and number.
package struct MadeInputs {
  package let name: String
  private let count: Int

  /// - Parameter count: of the inputs in the tests.
  package init(_ name: String, count: Int) {
    self.name = name
    self.count = count
  }

  /// Calls `body` with the number of an input and the generator to make it with, until `body` returns `false`, the count
  /// is reached, or the time that `Scripts/fuzz` gives is over.
  package func take(_ body: (Int, inout RandomGenerator) throws -> Bool) rethrows {
    let seed = Self.setting("TANDEM_FUZZ_SEED").flatMap(UInt64.init) ?? 1
    let seconds = Self.setting("TANDEM_FUZZ_SECONDS").flatMap(Int.init)
    let first = Self.setting("TANDEM_FUZZ_NUMBER").flatMap(Int.init) ?? 0
    let start = time(nil)
    var number = first
    while seconds.map({ time(nil) - start < $0 }) ?? (number < first + count) {
      var random = RandomGenerator(seed: seed, stream: "\(name) \(number)")
      guard try body(number, &random) else { return }
      number += 1
    }
  }

  /// The words with which an input is made again.
  package func again(_ number: Int) -> String {
    "\(name): TANDEM_FUZZ_SEED=\(Self.setting("TANDEM_FUZZ_SEED") ?? "1") TANDEM_FUZZ_NUMBER=\(number)"
  }

  /// `true` if memory has never been above the bound that `Scripts/fuzz` gives, which runs nothing beside.
  package static func memoryIsBounded() -> Bool {
    guard let bound = setting("TANDEM_FUZZ_MEGABYTES").flatMap(Int.init) else { return true }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss <= bound * 1024
  }

  private static func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension RandomGenerator {
  /// A number below `count`.
  package mutating func place(_ count: Int) -> Int { Int(below(UInt64(count))) }

  /// One of the items.
  package mutating func pick<Item>(_ items: [Item]) -> Item { items[place(items.count)] }

  /// The bytes with up to four faults: bytes changed, left out, repeated, or put in from `pieces`.
  package mutating func faulty(_ bytes: [UInt8], _ pieces: [String]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...place(4) {
      let place = place(bytes.count + 1)
      let end = min(place + 1 + self.place(6), bytes.count)
      switch self.place(6) {
      case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: next())
      case 1 where place < bytes.count: bytes[place] ^= UInt8(1 << self.place(8))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4 where self.place(4) == 0: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: pick(pieces).utf8, at: place)
      }
    }
    return bytes
  }
}
