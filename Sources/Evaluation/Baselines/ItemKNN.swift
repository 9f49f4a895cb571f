import Kernels
import LinearAlgebra
import ParallelLoops

/// Item-based nearest neighbours by the cosine of 0/1 columns (Sarwar et al., WWW 2001), shrunk so that a few common
/// queries do not make two candidates alike (Bell & Koren, KDD Cup 2007): with c(i, j) how many chose both,
/// `s(i, j) = c(i, j) / (√c(i, i) √c(j, j) + shrinkage)`.
///
/// A candidate's score is the sum of its similarities with those of its k nearest neighbours that are in the history.
/// Only co-occurrences and neighbours are kept, so catalogs of hundreds of thousands work. An empty history is answered
/// by popularity.
package struct ItemKNN: HistoryScores {
  package static let defaultNeighbours = 100
  package static let defaultShrinkage = 10.0

  private let counts: [Float]
  /// The candidates whose neighbour each candidate of the history is, and how near.
  private let similarities: SparseMatrix

  /// - Parameter pairs: train pairs; candidates that are not in `0..<candidateCount` are left out.
  package init(
    _ pairs: NumberedPairs, candidateCount: Int, neighbours: Int = defaultNeighbours,
    shrinkage: Double = defaultShrinkage, threads: Int
  ) {
    precondition(neighbours > 0 && shrinkage >= 0, "\(neighbours) neighbours, shrinkage \(shrinkage)")
    let pairs = Cooccurrences(pairs, candidateCount: candidateCount)
    counts = pairs.counts
    let nearest = NearestLists(pairs, neighbours: neighbours, shrinkage: shrinkage, threads: threads)
    similarities = nearest.matrix.transposed()
  }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    guard !history.isEmpty else { return unsafe scores.write(counts) }
    precondition(scores.count == counts.count, "\(scores.count) scores for \(counts.count) candidates")
    unsafe scores.update(repeating: 0)
    guard let values = similarities.values else { return }
    for candidate in history {
      for place in similarities.starts[Int(candidate)]..<similarities.starts[Int(candidate) + 1] {
        unsafe scores[Int(similarities.columns[place])] += values[place]
      }
    }
  }
}

/// The k nearest neighbours of every candidate.
private struct NearestLists {
  private let lists: [[(similarity: Float, candidate: Int32)]]

  init(_ pairs: Cooccurrences, neighbours: Int, shrinkage: Double, threads: Int) {
    let count = pairs.choosers.rowCount
    let found = SharedBuffer<[(similarity: Float, candidate: Int32)]>(repeating: [], count: count)
    let roots = pairs.counts.map { Double($0).squareRoot() }
    let size = 64
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      var common = [Int32](repeating: 0, count: count)
      for candidate in block * size..<min((block + 1) * size, count) {
        var touched: [Int32] = []
        pairs.forEachPartner(of: candidate) { other in
          if common[other] == 0 { touched.append(Int32(other)) }
          common[other] += 1
        }
        var best = BestOf(neighbours)
        for other in touched {
          if Int(other) != candidate {
            let similarity = Double(common[Int(other)]) / (roots[candidate] * roots[Int(other)] + shrinkage)
            best.offer(Float(similarity), other)
          }
          common[Int(other)] = 0
        }
        found[candidate] = best.sorted
      }
    }
    lists = found.array
  }

  /// Candidates by their neighbours.
  var matrix: SparseMatrix {
    let rows = lists.indices.flatMap { row in lists[row].map { _ in Int32(row) } }
    return SparseMatrix(
      rowCount: lists.count, columnCount: lists.count, rows: rows,
      columns: lists.flatMap { $0.map(\.candidate) }, values: lists.flatMap { $0.map(\.similarity) })
  }
}

/// Keeps the `limit` nearest of the offered candidates, ties by number.
private struct BestOf {
  private let limit: Int
  private var kept: [(similarity: Float, candidate: Int32)] = []
  private var threshold = -Float.infinity

  init(_ limit: Int) { self.limit = limit }

  mutating func offer(_ similarity: Float, _ candidate: Int32) {
    guard similarity >= threshold else { return }
    kept.append((similarity, candidate))
    // Sorting now and then costs less than keeping order.
    guard kept.count >= 2 * limit else { return }
    kept = sorted
    threshold = kept[limit - 1].similarity
  }

  var sorted: [(similarity: Float, candidate: Int32)] {
    Array(kept.sorted { ($1.similarity, $0.candidate) < ($0.similarity, $1.candidate) }.prefix(limit))
  }
}
