import BasicAlgorithms
import Tables

/// The rows whose query and candidate both have enough of these rows: the largest such set, known as the k-core.
struct FrequentRows {
  /// The rows that stay, in the order of the data.
  let rows: [Int]

  /// Leaves out whatever has too few rows until nothing has. Time O(n).
  init(_ interactions: Interactions, byQuery: Int, byCandidate: Int) throws {
    let sides = try [(interactions.roles.query, byQuery), (interactions.roles.candidate, byCandidate)].map {
      name, minimum in
      let column = try interactions.text(name)
      let rows = Grouping(0..<column.codes.count, count: column.dictionary.count) { Int(column.codes[$0]) }
      return (codes: column.codes, rows: rows, minimum: minimum)
    }
    var counts = sides.map { side in side.rows.map(\.count) }
    var isLeft = [Bool](repeating: true, count: interactions.count)
    var rare: [(side: Int, value: Int)] = []
    for (side, values) in counts.enumerated() {
      for value in values.indices where values[value] < sides[side].minimum { rare.append((side, value)) }
    }
    while let (side, value) = rare.popLast() {
      for row in sides[side].rows[value] where isLeft[row] {
        isLeft[row] = false
        let other = 1 - side
        let partner = Int(sides[other].codes[row])
        counts[other][partner] -= 1
        // It is rare from now on, and has not been before.
        if counts[other][partner] == sides[other].minimum - 1 { rare.append((other, partner)) }
      }
    }
    rows = isLeft.indices.filter { isLeft[$0] }
  }
}
