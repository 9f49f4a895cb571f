import BasicAlgorithms
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

/// Distinct pairs of a model's queries with candidates.
struct KnownPairs: Sendable {
  private let byQuery: SparseMatrix
  private let byCandidate: SparseMatrix

  var count: Int { byQuery.count }

  /// - Parameter candidates: the candidates by their places, sorted by bytes; the model's own if not given.
  init(_ interactions: Interactions, _ vocabularies: Vocabularies, candidates: Strings? = nil) throws {
    let values = candidates ?? vocabularies.candidate.values
    let column = try interactions.text(vocabularies.candidate.column)
    let places = column.dictionary.places(in: values)
    let queryRows = vocabularies.query.rows(of: try interactions.text(vocabularies.query.column))
    let kept = queryRows.indices.filter { queryRows[$0] > 0 && places[Int(column.codes[$0])] >= 0 }
    byQuery = SparseMatrix(
      rowCount: vocabularies.query.rows, columnCount: values.count, count: kept.count, row: { queryRows[kept[$0]] },
      column: { places[Int(column.codes[kept[$0]])] })
    byCandidate = byQuery.transposed()
  }

  /// Rows of the queries that chose a candidate, by its place.
  func queries(of candidate: Int) -> [Int32] { Array(byCandidate.row(candidate)) }

  /// Rows of the queries that have pairs.
  var trainedQueries: [Int32] { (0..<Int32(byQuery.rowCount)).filter { !byQuery.row(Int($0)).isEmpty } }

  /// Rows of queries that have pairs, evenly spaced.
  func sampledQueries(_ size: Int) -> [Int32] {
    let rows = trainedQueries
    let count = min(size, rows.count)
    return (0..<count).map { rows[$0 * rows.count / count] }
  }

  /// Places of the candidates that queries have chosen.
  func seen(by rows: [Int32]) -> [[Int32]] { rows.map { Array(byQuery.row(Int($0))) } }

  private static let sampledPairs = 100_000

  /// The mean score of pairs without a bias; of a sample where they are many.
  func meanScore(_ model: Model) -> Double {
    let columns = model.ownDimension
    let step = max(count / Self.sampledPairs, 1)
    var (sum, number, place) = (0.0, 0, 0)
    for row in 0..<byQuery.rowCount {
      for candidate in byQuery.row(row) {
        if place % step == 0 {
          let candidateRow = Int(EmbeddingRow(place: Int(candidate)).index)
          sum += (0..<columns).reduce(0) {
            $0 + Double(model.queries[row, $1]) * Double(model.candidates[candidateRow, $1])
          }
          number += 1
        }
        place += 1
      }
    }
    return sum / Double(max(number, 1))
  }

  /// Trained candidates with what their features say of them and who chose them.
  ///
  /// - Parameters:
  ///   - vectors: a row for each row of the model.
  ///   - byFeatures: a row for each of `trained`.
  func examples(
    _ trained: [ExtendedCandidates.Trained], vectors: Matrix, byFeatures: Matrix
  ) -> [FirstInteractions.Example] {
    trained.enumerated().map { number, candidate in
      FirstInteractions.Example(
        vector: vectors.row(Int(EmbeddingRow(place: candidate.number).index)), byFeatures: byFeatures.row(number),
        queries: queries(of: candidate.number))
    }
  }
}

extension SparseMatrix {
  /// Some rows, in the order in which they are named.
  func selecting(_ rows: [Int]) -> SparseMatrix {
    var (numbers, columns, values) = ([Int32](), [Int32](), [Float]())
    for (number, row) in rows.enumerated() {
      for place in starts[row]..<starts[row + 1] {
        numbers.append(Int32(number))
        columns.append(self.columns[place])
        values.append(self.values?[place] ?? 1)
      }
    }
    return SparseMatrix(rowCount: rows.count, columnCount: columnCount, rows: numbers, columns: columns, values: values)
  }
}
