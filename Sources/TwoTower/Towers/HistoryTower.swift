import BasicAlgorithms
import Interactions
package import Kernels
import ParallelLoops
package import Tables

/// A query tower over ordered histories: the vector of a position (`ChosenSequences`) is the sum of its bags, each over a
/// table of its own with a row for each candidate.
///
/// Consecutive positions of a query are computed by recurrence. With the decay λ and the length L of a bag, and x_t the
/// embedding of choice t, `h(t + 1) = λ h(t) + x_t − λ^L x_{t−L}`, and the way back is the same from the end: so a
/// position costs some five additions of rows for each bag, where gathering its history would cost L.
package struct HistoryTower: Tower {
  let bags: [HistoryBag]
  let sequences: ChosenSequences
  /// `false` for choices that histories are without; nil where they have all.
  private let kept: [Bool]?
  package let parameters: [ParameterTable]

  /// Positions of a run: longer ones are cut, so that threads share them.
  private static let runLength = 256

  /// - Parameter tables: for each bag a row for each candidate, and row 0 for the unknown; trained in place.
  package init(_ bags: [HistoryBag], tables: [Matrix], sequences: ChosenSequences) {
    precondition(bags.count == tables.count && !bags.isEmpty, "\(bags.count) bags over \(tables.count) tables")
    self.init(
      bags, sequences, kept: nil,
      zip(bags.indices, tables).map { ParameterTable("history_\($0)", rowsOf: .candidate, $1) })
  }

  private init(_ bags: [HistoryBag], _ sequences: ChosenSequences, kept: [Bool]?, _ parameters: [ParameterTable]) {
    (self.bags, self.sequences, self.kept, self.parameters) = (bags, sequences, kept, parameters)
  }

  package var rowCount: Int { sequences.rowCount }
  package var dimension: Int { parameters[0].matrix.columns }

  package func with(_ matrices: [Matrix]) -> HistoryTower {
    HistoryTower(bags, sequences, kept: kept, zip(parameters, matrices).map { $0.with($1) })
  }

  /// The tower whose histories are without some choices.
  ///
  /// - Parameter kept: `false` for those, query after query.
  func keeping(_ kept: [Bool]) -> HistoryTower { HistoryTower(bags, sequences, kept: kept, parameters) }

  /// `true` if some choice before a position counts.
  func hasHistory(query: Int, position: Int) -> Bool {
    let longest = bags.map(\.last).max() ?? 0
    return (max(position - longest, 0)..<position).contains { isKept(query, $0) }
  }

  private func isKept(_ query: Int, _ choice: Int) -> Bool { kept?[sequences.starts[query] + choice] ?? true }

  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let vectors = Matrix(rows: rows.count, columns: dimension)
    let runs = runs(rows)
    parallel(blocks: runs.count, threads: threads) { number in
      for bag in bags.indices { add(bag, runs[number], to: vectors) }
    }
    return vectors
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    let runs = runs(rows)
    return bags.indices.map { bag in
      // Runs have choices in common where they meet, and each has a row of its own for them.
      let spans = runs.map { max($0.positions.lowerBound - bags[bag].last, 0)..<$0.positions.upperBound - 1 }
      let starts = spans.reduce(into: [0]) { starts, span in starts.append(starts[starts.count - 1] + span.count) }
      let ofChoices = Matrix(rows: starts[runs.count], columns: dimension)
      parallel(blocks: runs.count, threads: threads) { number in
        pullBack(bag, runs[number], gradients, to: ofChoices, from: starts[number], spans[number])
      }
      return summed(ofChoices, zip(runs, spans), threads: threads)
    }
  }
}

extension HistoryTower {
  /// Consecutive positions of a query, which are consecutive rows of a batch.
  private struct Run {
    let query: Int
    let positions: Range<Int>
    let firstRow: Int
  }

  private func runs(_ rows: [EmbeddingRow]) -> [Run] {
    var (runs, place) = ([Run](), 0)
    while place < rows.count {
      guard rows[place].isKnown else {
        place += 1
        continue
      }
      let (query, position) = sequences.place(rows[place])
      let most = min(sequences.length(query) - position + 1, Self.runLength, rows.count - place)
      var count = 1
      while count < most, rows[place + count].index == rows[place + count - 1].index + 1 { count += 1 }
      runs.append(Run(query: query, positions: position..<position + count, firstRow: place))
      place += count
    }
    return runs
  }

  /// A bag while positions pass: the sum, and for the mean by the root how many choices are in it.
  private struct Window {
    let bag: HistoryBag
    var decay: Float { bag.decay ?? 1 }
    /// λ^L
    let end: Float
    var count = 0

    init(_ bag: HistoryBag) {
      self.bag = bag
      end = (0..<bag.last).reduce(Float(1)) { power, _ in power * (bag.decay ?? 1) }
    }

    var scale: Float { bag.decay == nil ? 1 / Float(max(count, 1)).squareRoot() : 1 }
  }

  private func count(_ query: Int, _ choices: Range<Int>) -> Int { choices.count { isKept(query, $0) } }

  private func add(_ number: Int, _ run: Run, to vectors: Matrix) {
    let (table, query, first) = (parameters[number].matrix, run.query, run.positions.lowerBound)
    var window = Window(bags[number])
    let sum = Matrix(rows: 1, columns: dimension)
    func take(_ choice: Int, by factor: Float) {
      guard choice >= 0, isKept(query, choice) else { return }
      let row = Int(sequences.candidate(query: query, choice).index)
      sum.addScaled(row: row, of: table, by: factor, to: 0)
    }
    let begin = max(first - window.bag.last, 0)
    for choice in begin..<first {
      sum.scale(row: 0, by: window.decay)
      take(choice, by: 1)
    }
    window.count = count(query, begin..<first)
    for (place, position) in run.positions.enumerated() {
      if place > 0 {
        sum.scale(row: 0, by: window.decay)
        take(position - 1, by: 1)
        take(position - 1 - window.bag.last, by: -window.end)
        window.count = moved(window, query, position)
      }
      vectors.addScaled(row: 0, of: sum, by: window.scale, to: run.firstRow + place)
    }
  }

  /// The number of kept choices in a window that moves to a position from the one before.
  private func moved(_ window: Window, _ query: Int, _ position: Int) -> Int {
    let left = position - 1 - window.bag.last
    return window.count + (isKept(query, position - 1) ? 1 : 0) - (left >= 0 && isKept(query, left) ? 1 : 0)
  }

  /// Writes the gradients of the choices that a run reads: that of choice j is `Σ λ^(t−1−j) g_t` over the positions t
  /// from j + 1 to j + L.
  private func pullBack(
    _ number: Int, _ run: Run, _ gradients: Matrix, to ofChoices: Matrix, from start: Int, _ span: Range<Int>
  ) {
    let (query, last, positions) = (run.query, bags[number].last, run.positions)
    var window = Window(bags[number])
    window.count = count(query, max(positions.lowerBound - last, 0)..<positions.lowerBound)
    let scales = positions.map { position in
      if position > positions.lowerBound { window.count = moved(window, query, position) }
      return window.scale
    }
    let sum = Matrix(rows: 1, columns: dimension)
    func take(_ position: Int, by factor: Float) {
      guard positions.contains(position) else { return }
      let place = position - positions.lowerBound
      sum.addScaled(row: run.firstRow + place, of: gradients, by: factor * scales[place], to: 0)
    }
    for choice in span.reversed() {
      sum.scale(row: 0, by: window.decay)
      take(choice + 1, by: 1)
      take(choice + 1 + last, by: -window.end)
      if isKept(query, choice) { ofChoices.copy(row: 0, of: sum, to: start + choice - span.lowerBound) }
    }
  }

  /// Adds the gradients of choices by their candidates: by rising rows of the batch, whatever the threads.
  private func summed(
    _ ofChoices: Matrix, _ read: Zip2Sequence<[Run], [Range<Int>]>, threads: Int
  ) -> ParameterGradients {
    let candidates = read.flatMap { run, span in
      span.map { isKept(run.query, $0) ? sequences.candidate(query: run.query, $0) : .unknown }
    }
    let groups = Grouping(candidates.indices, count: parameters[0].matrix.rows) { Int(candidates[$0].index) }
    let touched = groups.indices.dropFirst().filter { !groups[$0].isEmpty }
    let matrix = Matrix(rows: touched.count, columns: dimension)
    parallelRows(touched.count, threads: threads) { row in
      for choice in groups[touched[row]] { matrix.addScaled(row: choice, of: ofChoices, by: 1, to: row) }
    }
    return ParameterGradients(
      rows: touched.map { EmbeddingRow(index: $0) }, occurrences: touched.map { Float(groups[$0].count) },
      matrix: matrix)
  }
}
