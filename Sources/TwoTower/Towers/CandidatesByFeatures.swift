import BasicAlgorithms
import DisplayText
package import Features
package import Kernels
package import LinearAlgebra

/// The vectors of new candidates as sums over their features: a vector is its scale times the weighted sum of the parts of
/// the candidate's values, moved by its first interactions if it has any.
///
/// The parts are shared, so that this is smaller than a vector for each feature of each candidate; only those are held that
/// some candidate has.
package struct CandidatesByFeatures: Sendable {
  /// A part that the vectors of all candidates with a value have.
  package struct Part: Sendable, Equatable {
    /// The feature as it is declared, such as "genres: list"; "" for what every candidate has, whatever its features.
    package let feature: String
    /// The value, such as "Drama"; "" for a number, and for what every candidate has.
    package let value: String
    /// A number is the mean and so many deviations as its weight says.
    let mean: Double
    let deviation: Double

    init(feature: String = "", value: String = "", mean: Double = 0, deviation: Double = 0) {
      (self.feature, self.value, self.mean, self.deviation) = (feature, value, mean, deviation)
    }

    /// `true` for what every candidate has.
    package var isMean: Bool { feature.isEmpty }

    /// The column and the value, such as "genres: Drama".
    ///
    /// - Parameter weight: in the candidate's encoding, where a number is.
    package func name(weight: Float) -> String {
      let column = (try? FeatureDeclaration(feature))?.column ?? feature
      return "\(column): \(value.isEmpty ? number(weight: Double(weight)) : value)"
    }

    private func number(weight: Double) -> String {
      let number = mean + deviation * weight
      // Weights are single-precision numbers.
      return readable(abs(number - number.rounded()) <= 1e-6 * max(abs(number), 1) ? number.rounded() : number)
    }
  }

  package struct Candidate: Sendable, Equatable {
    /// The place in the vocabulary.
    package let number: Int
    package let scale: Double
    /// The number of first interactions that moved the vector.
    package let interactions: Int

    package init(number: Int, scale: Double, interactions: Int) {
      (self.number, self.scale, self.interactions) = (number, scale, interactions)
    }
  }

  package let parts: [Part]
  /// A row for each part, without a bias.
  package let vectors: Matrix
  /// Numbers rise.
  package let candidates: [Candidate]
  /// A row for each candidate: its parts and their weights.
  package let encoding: SparseMatrix

  init(parts: [Part], vectors: Matrix, candidates: [Candidate], encoding: SparseMatrix) {
    precondition(parts.count == vectors.rows && parts.count == encoding.columnCount, "\(parts.count) parts")
    precondition(candidates.count == encoding.rowCount, "\(candidates.count) of \(encoding.rowCount) candidates")
    (self.parts, self.vectors, self.candidates, self.encoding) = (parts, vectors, candidates, encoding)
  }

  /// The place of a candidate among `candidates`, by its number; `nil` for one that training had.
  package func place(ofCandidate number: Int) -> Int? {
    let place = candidates.indices.partitioningIndex { candidates[$0].number >= number }
    return place < candidates.count && candidates[place].number == number ? place : nil
  }

  /// The amount that each part adds to the score of a candidate.
  ///
  /// - Parameters:
  ///   - place: of the candidate among `candidates`.
  ///   - query: a vector, with a bias or without.
  package func contributions(
    of place: Int, to query: [Float]
  ) -> [(part: Part, weight: Float, value: Float)] {
    (encoding.starts[place]..<encoding.starts[place + 1]).map { element in
      let (row, weight) = (Int(encoding.columns[element]), encoding.values?[element] ?? 1)
      let product = (0..<vectors.columns).reduce(0) { $0 + Double(query[$1]) * Double(vectors[row, $1]) }
      return (parts[row], weight, Float(candidates[place].scale * Double(weight) * product))
    }
  }
}

extension CandidatesByFeatures {
  /// The sums of new candidates whose vectors are multiples of them.
  ///
  /// - Parameters:
  ///   - features: of the encoding.
  ///   - encoding: a row for each candidate.
  ///   - mean: what every candidate has, if there is such.
  ///   - part: the part of a column of the encoding at weight 1; `nil` for a column that says nothing.
  ///   - scaled: the vectors that candidates have by their features.
  ///   - numbers: of the candidates in the vocabulary, rising.
  ///   - interactions: the number of first interactions of each candidate.
  package init(
    _ features: FeatureSet, _ encoding: SparseMatrix, mean: [Float]?, part: (_ column: Int) -> [Float]?,
    scaled: Matrix, numbers: [Int], interactions: [Int]
  ) {
    var parts = mean.map { _ in [Part()] } ?? []
    var vectors = mean.map { [$0] } ?? []
    var partOfColumn: [Int32: Int32] = [:]
    for column in Set(encoding.columns).sorted() {
      guard let vector = part(Int(column)) else { continue }
      partOfColumn[column] = Int32(parts.count)
      parts.append(Part(ofColumn: Int(column), in: features))
      vectors.append(vector)
    }
    let rows = numbers.indices.map { row in
      (mean == nil ? [] : [(column: Int32(0), value: Float(1))])
        + (encoding.starts[row]..<encoding.starts[row + 1]).compactMap { place in
          partOfColumn[encoding.columns[place]].map { (column: $0, value: encoding.values?[place] ?? 1) }
        }
    }
    let table = Matrix(rows: vectors.count, columns: scaled.columns, values: vectors.flatMap { $0 })
    self.init(
      parts: parts, vectors: table,
      candidates: numbers.indices.map { row in
        Candidate(
          number: numbers[row], scale: Self.scale(of: rows[row], in: table, to: scaled.row(row)),
          interactions: interactions[row])
      },
      encoding: SparseMatrix(columnCount: parts.count, rows: rows))
  }

  /// The factor from a weighted sum of rows to a multiple of it.
  private static func scale(of row: [SparseMatrix.Element], in table: Matrix, to multiple: [Float]) -> Double {
    var sum = [Double](repeating: 0, count: table.columns)
    for (part, weight) in row {
      for column in sum.indices { sum[column] += Double(weight) * Double(table[Int(part), column]) }
    }
    let square = sum.reduce(0) { $0 + $1 * $1 }
    // The projection, which errs least.
    return square > 0 ? zip(sum, multiple).reduce(0) { $0 + $1.0 * Double($1.1) } / square : 0
  }

  /// The same sums where candidates have other numbers.
  package func renumbered(_ number: (Int) -> Int) -> CandidatesByFeatures {
    CandidatesByFeatures(
      parts: parts, vectors: vectors,
      candidates: candidates.map {
        Candidate(number: number($0.number), scale: $0.scale, interactions: $0.interactions)
      }, encoding: encoding)
  }

  /// The sums of the candidates of both, which are not the same.
  package func joined(with other: CandidatesByFeatures) -> CandidatesByFeatures {
    func rows(_ sums: CandidatesByFeatures, firstPart: Int) -> [(candidate: Candidate, row: [SparseMatrix.Element])] {
      sums.candidates.enumerated().map { place, candidate in
        let range = sums.encoding.starts[place]..<sums.encoding.starts[place + 1]
        return (
          candidate,
          range.map { (column: sums.encoding.columns[$0] + Int32(firstPart), value: sums.encoding.values?[$0] ?? 1) }
        )
      }
    }
    let all = (rows(self, firstPart: 0) + rows(other, firstPart: parts.count)).sorted {
      $0.candidate.number < $1.candidate.number
    }
    return CandidatesByFeatures(
      parts: parts + other.parts,
      vectors: Matrix(
        rows: parts.count + other.parts.count, columns: vectors.columns, values: vectors.values + other.vectors.values),
      candidates: all.map(\.candidate),
      encoding: SparseMatrix(columnCount: parts.count + other.parts.count, rows: all.map(\.row)))
  }
}

extension CandidatesByFeatures.Part {
  fileprivate init(ofColumn column: Int, in features: FeatureSet) {
    let (feature, column) = features.feature(ofColumn: column)
    let (mean, deviation) =
      if case .moments(let mean, let deviation) = feature.scale { (mean, deviation) } else { (0, 0) }
    self.init(
      feature: feature.declaration.text, value: feature.value(ofColumn: column), mean: mean, deviation: deviation)
  }
}
