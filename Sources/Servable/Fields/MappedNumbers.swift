import Artifacts
import BasicAlgorithms
import Kernels

/// Sorted numbers in a mapped file; opening builds nothing.
struct MappedNumbers<Number: SectionElement & Comparable>: Sendable {
  private let values: SharedValues<Number>

  init(_ section: String, in file: ArtifactFile) throws {
    values = try file.mapped(section)
  }

  var count: Int { values.count }

  subscript(place: Int) -> Number { values[place] }

  func count(below bound: Number) -> Int { firstPlace { $0 >= bound } }

  func count(upTo bound: Number) -> Int { firstPlace { $0 > bound } }

  private func firstPlace(_ isReached: (Number) -> Bool) -> Int {
    (0..<count).partitioningIndex { isReached(values[$0]) }
  }
}
