/// The distribution of interactions over users, or over items.
package struct CountDistribution: Sendable, Equatable {
  /// Things that have from `from` to `to` interactions.
  package struct Step: Sendable, Equatable {
    package let from: Int
    package let to: Int
    package var things: Int
    package var rows: Int

    init(from: Int, to: Int, things: Int = 0, rows: Int = 0) {
      self.from = from
      self.to = to
      self.things = things
      self.rows = rows
    }
  }

  /// Steps of doubling length from 1 on: 1, 2 to 3, 4 to 7, ….
  package let steps: [Step]
  package let median: Int
  package let greatest: Int
  /// The number of interactions of the thing that a row is about, in the mean over rows: rows of one user are not
  /// independent, and so many of them count as one.
  package let meanOverRows: Double

  package init(steps: [Step], median: Int, greatest: Int, meanOverRows: Double) {
    self.steps = steps
    self.median = median
    self.greatest = greatest
    self.meanOverRows = meanOverRows
  }

  /// - Parameter counts: of each thing; things without interactions are passed over.
  init(_ counts: [Int]) {
    var steps: [Step] = []
    var (squares, rows) = (0.0, 0)
    for count in counts where count > 0 {
      let step = Int.bitWidth - 1 - count.leadingZeroBitCount
      while steps.count <= step { steps.append(Step(from: 1 << steps.count, to: (2 << steps.count) - 1)) }
      steps[step].things += 1
      steps[step].rows += count
      squares += Double(count) * Double(count)
      rows += count
    }
    let sorted = counts.filter { $0 > 0 }.sorted()
    self.init(
      steps: steps, median: sorted.isEmpty ? 0 : sorted[sorted.count / 2], greatest: sorted.last ?? 0,
      meanOverRows: rows > 0 ? squares / Double(rows) : 1)
  }
}
