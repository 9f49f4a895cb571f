package import Kernels
import LinearAlgebra
import RandomNumbers

/// The rule by which the first interactions of a new candidate move its vector away from what its features say:
///
///     v = c + (α PᵀP + Σ ppᵀ + κ I)⁻¹ Σ (μ − p·c) p
///
/// with the vectors p of the queries that chose it, c by its features, P of all queries and μ the mean score of the
/// pairs of training: ridge regression around c, as alternating least squares solves for a candidate (Hu, Koren &
/// Volinsky, 2008), whatever trained the queries. α and κ are in units of the data, so that one rule serves models of
/// any scale; which multiples bring trained candidates nearest to their trained vectors, from a few of their
/// interactions, is tried on a sample of them.
package struct FirstInteractions: Sendable {
  /// The parameters of the least-squares equations of a new candidate.
  package struct Strength: Sendable, Equatable {
    /// The weight of all pairs together, as a multiple of that of the chosen ones.
    package var unobservedRatio: Double
    /// κ per pair, as a multiple of the mean square of an element of P.
    package var regularization: Double
  }

  package let strength: Strength
  private let equations: Equations

  private static let ratios = [0.3, 1, 3, 10]
  private static let regularizations = [0.01, 0.03, 0.1, 0.3, 1, 3]
  private static let sampledCandidates = 200
  private static let shownInteractions = 10

  /// A trained candidate, for the choice of strengths.
  package struct Example: Sendable {
    package let vector: [Float]
    package let byFeatures: [Float]
    /// Rows of the queries that chose it.
    package let queries: [Int32]

    package init(vector: [Float], byFeatures: [Float], queries: [Int32]) {
      self.vector = vector
      self.byFeatures = byFeatures
      self.queries = queries
    }
  }

  /// - Parameters:
  ///   - queries: a row for each query that training saw, and others.
  ///   - trained: rows of those that training saw.
  ///   - pairs: number of training pairs.
  ///   - candidates: number of trained candidates.
  ///   - meanScore: μ.
  ///   - examples: trained candidates; a sample of them is tried.
  package init(
    queries: Matrix, trained: [Int32], pairs: Int, candidates: Int, meanScore: Double, examples: [Example],
    seed: UInt64,
    threads: Int
  ) {
    equations = Equations(
      queries: queries, trained: trained, pairs: pairs, candidates: candidates, meanScore: meanScore, threads: threads)
    strength = Self.best(Self.sample(examples, seed: seed), equations)
  }

  /// A sample of the candidates, each with a few of those who chose it.
  private static func sample(_ examples: [Example], seed: UInt64) -> [Example] {
    let usable = examples.filter { $0.queries.count > 1 }
    var random = RandomGenerator(seed: seed, stream: "first interactions")
    return random.permutation(usable.count).prefix(sampledCandidates).map { place in
      let order = random.permutation(usable[place].queries.count).prefix(shownInteractions)
      return Example(
        vector: usable[place].vector, byFeatures: usable[place].byFeatures,
        queries: order.map { usable[place].queries[$0] })
    }
  }

  /// The strength by which the vectors of a sample come nearest to the trained ones.
  private static func best(_ sample: [Example], _ equations: Equations) -> Strength {
    var best = (error: Double.infinity, strength: Strength(unobservedRatio: 3, regularization: 0.1))
    for ratio in ratios {
      for regularization in regularizations {
        let tried = Strength(unobservedRatio: ratio, regularization: regularization)
        let error = sample.reduce(0.0) { sum, example in
          sum
            + zip(equations.vector(around: example.byFeatures, chosenBy: example.queries, tried), example.vector)
            .reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
        }
        if error < best.error { best = (error, tried) }
      }
    }
    return best.strength
  }

  /// The vector of a candidate.
  ///
  /// - Parameters:
  ///   - byFeatures: c.
  ///   - chosenBy: rows of the queries that chose it, distinct.
  package func vector(around byFeatures: [Float], chosenBy rows: [Int32]) -> [Float] {
    rows.isEmpty ? byFeatures : equations.vector(around: byFeatures, chosenBy: rows, strength).map { Float($0) }
  }
}

extension FirstInteractions {
  /// The equations of a candidate, but for the strengths of their terms.
  fileprivate struct Equations: Sendable {
    private let queries: Matrix
    private let gram: DenseMatrix
    private let unobservedWeight: Double
    private let meanScore: Double
    private let meanSquare: Double
    private let queryCount: Int

    init(queries: Matrix, trained: [Int32], pairs: Int, candidates: Int, meanScore: Double, threads: Int) {
      self.queries = queries
      self.meanScore = meanScore
      let gram = gramInDoubles(of: queries, rows: trained, threads: threads)
      self.gram = gram
      queryCount = trained.count
      let trace = (0..<gram.rows).reduce(0) { $0 + gram[$1, $1] }
      meanSquare = trace / Double(max(trained.count * gram.rows, 1))
      unobservedWeight = Double(pairs) / Double(max(trained.count * candidates, 1))
    }

    func vector(around byFeatures: [Float], chosenBy rows: [Int32], _ strength: Strength) -> [Double] {
      let order = byFeatures.count
      let weight = strength.unobservedRatio * unobservedWeight
      let penalty = strength.regularization * meanSquare * (Double(rows.count) + weight * Double(queryCount))
      let inverse = SymmetricMatrix(order: order)
      var sums = [Double](repeating: 0, count: order)
      let chosen = rows.map { row in (0..<order).map { Double(queries[Int(row), $0]) } }
      for query in chosen {
        let residual = meanScore - zip(query, byFeatures).reduce(0) { $0 + $1.0 * Double($1.1) }
        for column in 0..<order { sums[column] += residual * query[column] }
      }
      var line = [Double](repeating: 0, count: order)
      for row in 0..<order {
        for column in row..<order {
          line[column] = weight * gram[row, column] + chosen.reduce(0) { $0 + $1[row] * $1[column] }
        }
        line[row] += max(penalty, 1e-9)
        inverse.setRow(row, line)
      }
      // Equations that doubles cannot solve leave what the features say.
      do { try inverse.invert(threads: 1) } catch { return byFeatures.map { Double($0) } }
      return (0..<order).map { row in
        Double(byFeatures[row]) + (0..<order).reduce(0) { $0 + inverse[row, $1] * sums[$1] }
      }
    }
  }
}
