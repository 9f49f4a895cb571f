import ArgumentParser
import Interactions
import Tables

/// The column of numbers that a rating head learns from.
package struct RatingColumn: Sendable, Equatable {
  package let name: String
  /// `true` if nothing else is learnt, so that rows without a rating are of no use.
  package let isAlone: Bool

  package init(name: String, isAlone: Bool) { (self.name, self.isAlone) = (name, isAlone) }
}

/// Goes through a column of ratings part by part.
struct RatingReader {
  /// Greater numbers have squares that single precision cannot add up.
  private static let greatest = 1e9

  private let column: String
  private var stream: NumberStream
  private var first = 0

  init(_ column: RatingColumn, _ interactions: InteractionFile) throws {
    self.column = column.name
    stream = try interactions.possibleNumbers(column.name)
  }

  /// The ratings of the next rows; `nan` where one has none.
  mutating func next() throws -> [Float] {
    var values: [Double] = []
    _ = try stream.next(TableFile.partRows, into: &values)
    if let row = values.firstIndex(where: { abs($0) > Self.greatest }) {
      throw ValidationError(
        "column \"\(column)\" is \(values[row]) in row \(first + row + 1); ratings are -1000000000 to 1000000000")
    }
    first += values.count
    let flags = stream.flags
    return values.indices.map { flags.isEmpty || flags[$0] != 0 ? Float(values[$0]) : .nan }
  }
}
