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
  /// A row for each candidate: its neighbours in rising order, with their similarities.
  let matrix: SparseMatrix

  init(_ pairs: Cooccurrences, neighbours: Int, shrinkage: Double, threads: Int) {
    let count = pairs.choosers.rowCount
    let lists = SharedBuffer<[SparseMatrix.Element]>(repeating: [], count: count)
    let roots = pairs.counts.map { Double($0).squareRoot() }
    let size = 64
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      var common = [Int32](repeating: 0, count: count)
      var touched: [Int32] = []
      for candidate in block * size..<min((block + 1) * size, count) {
        touched.removeAll(keepingCapacity: true)
        pairs.forEachPartner(of: candidate) { other in
          if common[other] == 0 { touched.append(Int32(other)) }
          common[other] += 1
        }
        var best = BestOf(neighbours)
        for other in touched {
          if Int(other) != candidate {
            let similarity = Double(common[Int(other)]) / (roots[candidate] * roots[Int(other)] + shrinkage)
            best.offer(RankedKey(Float(similarity), candidate: UInt32(other)))
          }
          common[Int(other)] = 0
        }
        lists[candidate] = best.row
      }
    }
    matrix = SparseMatrix(columnCount: count, rows: lists.array)
  }
}

/// Keeps the `limit` nearest of the offered candidates, ties by number.
private struct BestOf {
  private let limit: Int
  /// The bits of the keys that were kept.
  private var kept: [UInt64] = []
  private var threshold: UInt64 = 0

  init(_ limit: Int) { self.limit = limit }

  mutating func offer(_ key: RankedKey) {
    guard key.bits > threshold else { return }
    kept.append(key.bits)
    // Sorting now and then costs less than keeping order.
    guard kept.count >= 2 * limit else { return }
    kept = nearest
    threshold = kept[limit - 1]
  }

  private var nearest: [UInt64] { Array(kept.sorted(by: >).prefix(limit)) }

  /// The nearest in the order of their numbers.
  var row: [SparseMatrix.Element] {
    nearest.map { RankedKey(bits: $0) }.sorted { $0.candidate < $1.candidate }
      .map { (column: Int32($0.candidate), value: $0.score) }
  }
}
