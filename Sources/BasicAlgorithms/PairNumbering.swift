/// Numbers for distinct pairs of numbers, from 0, in the order in which they first come.
package struct PairNumbering {
  private var numbers: [UInt64: Int32] = [:]

  package init() {}

  /// Returns the number of a pair; `isNew` is `true` if it had none before.
  ///
  /// - Precondition: both are 0 or more, and below 2³².
  package mutating func number(_ first: Int, _ second: Int) -> (number: Int32, isNew: Bool) {
    let pair = UInt64(UInt32(first)) << 32 | UInt64(UInt32(second))
    if let number = numbers[pair] { return (number, false) }
    let number = Int32(numbers.count)
    numbers[pair] = number
    return (number, true)
  }
}
