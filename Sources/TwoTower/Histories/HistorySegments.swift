import BasicAlgorithms
import Interactions
import LinearAlgebra
import RandomNumbers
import Tables

/// The histories of queries in the order of their times, and random cuts of them into segments of consecutive choices.
///
/// Two choices of a query that stand d places apart are in one segment with a probability of (1 − 1 / length)^d. So a
/// model of segments learns from co-occurrences that count the more the nearer they are in time, as item2vec
/// does by windows (Barkan & Koenigstein, "Item2Vec: Neural Item Embedding for Collaborative Filtering", 2016). Choices
/// of the same time are never cut apart.
struct HistorySegments: Sendable {
  private let histories: SparseMatrix
  /// The mean number of choices in a segment of a long history without ties.
  private let length: Int
  /// The elements of each row of the matrix by rising times.
  private let order: [Int32]
  /// `true` for places of `order` whose element is later than the one before in its row.
  private let isLater: [Bool]

  /// - Parameters:
  ///   - histories: what each query of the vocabulary chose.
  ///   - pairs: that the histories were made of.
  ///   - times: of each pair; a repeated pair counts from the first time.
  ///   - length: the mean number of choices in a segment of a long history without ties.
  init(_ histories: SparseMatrix, of pairs: TrainingPairs, times: [Double], length: Int) throws {
    precondition(times.count == pairs.count, "times of \(times.count) of \(pairs.count) pairs")
    (self.histories, self.length) = (histories, length)
    var first = [Double](repeating: .infinity, count: histories.count)
    var number = 0
    try pairs.visit { pair, _ in
      defer { number += 1 }
      guard let query: QueryNumber = pair.query.number(), let candidate: CandidateNumber = pair.candidate.number(),
        let place = histories.place(row: Int(query.value), column: candidate.value)
      else { return }
      first[place] = min(first[place], times[number])
    }
    var (order, isLater) = ([Int32](), [Bool]())
    order.reserveCapacity(histories.count)
    isLater.reserveCapacity(histories.count)
    for row in 0..<histories.rowCount {
      let places = (histories.starts[row]..<histories.starts[row + 1]).sorted { (first[$0], $0) < (first[$1], $1) }
      for (rank, place) in places.enumerated() {
        order.append(Int32(place))
        isLater.append(rank > 0 && first[places[rank - 1]] < first[place])
      }
    }
    (self.order, self.isLater) = (order, isLater)
  }

  /// - Parameters:
  ///   - length: the mean number of choices in a segment; 0 for whole histories.
  ///   - times: of each pair, needed for segments.
  /// - Returns: nil for whole histories.
  static func cutting(
    _ histories: SparseMatrix, of pairs: TrainingPairs, times: [Double]?, length: Int
  ) throws -> HistorySegments? {
    guard length > 0 else { return nil }
    guard let times else { throw DataError.noTimes }
    return try HistorySegments(histories, of: pairs, times: times, length: length)
  }

  /// The end of a line for people about histories in segments of a length; "" for whole ones.
  static func description(length: Int) -> String {
    length > 0 ? ", histories in segments of about \(length) choices" : ""
  }

  /// Cuts histories at random: a row for each segment that has a choice of more weight than 0.
  func cut(_ queries: [Int], from random: inout RandomGenerator) -> SparseMatrix {
    let probability = 1 / Double(length)
    var rows: [[SparseMatrix.Element]] = []
    for query in queries {
      var (segment, isCut) = ([SparseMatrix.Element](), false)
      for place in histories.starts[query]..<histories.starts[query + 1] {
        if isCut, isLater[place] {
          rows.append(segment)
          (segment, isCut) = ([], false)
        }
        let element = Int(order[place])
        segment.append((histories.columns[element], histories.values?[element] ?? 1))
        isCut = Double(random.uniform()) < probability || isCut
      }
      rows.append(segment)
    }
    return SparseMatrix(
      columnCount: histories.columnCount,
      rows: rows.filter { $0.contains { $0.value > 0 } }.map { $0.sorted { $0.column < $1.column } })
  }
}

extension SparseMatrix {
  /// The number of an element among all, or nil if it is not there.
  fileprivate func place(row: Int, column: Int32) -> Int? {
    let range = starts[row]..<starts[row + 1]
    let place = range.partitioningIndex { columns[$0] >= column }
    return place < range.upperBound && columns[place] == column ? place : nil
  }
}
