import DisplayText
import TwoTower

/// The numbers of an evaluation that its time and memory follow from.
package struct EvaluationSizes: Sendable, Equatable {
  /// Judged queries.
  package var queries: Int
  package var candidates: Int
  /// The dimension of the model's vectors.
  package var dimension: Int
  /// Train pairs.
  package var pairs: Int
  /// The sum over all queries of the square of their train pairs: how often two candidates were chosen by one query.
  package var cooccurrences: Int
  /// The total length of the judged queries' histories.
  package var history: Int
  /// The number of values that the candidates' features have together; 0 where they have none.
  package var featureValues = 0

  package init(queries: Int, candidates: Int, dimension: Int, pairs: Int, cooccurrences: Int, history: Int) {
    self.queries = queries
    self.candidates = candidates
    self.dimension = dimension
    self.pairs = pairs
    self.cooccurrences = cooccurrences
    self.history = history
  }

  package init(_ data: EvaluationData) {
    var counts = [Int](repeating: 0, count: data.train.queryCount)
    for query in data.train.queries where query >= 0 { counts[Int(query)] += 1 }
    self.init(
      queries: data.judged.count, candidates: data.judged.candidateCount, dimension: data.model.dimension,
      pairs: data.train.count, cooccurrences: counts.reduce(0) { $0 + $1 * $1 },
      history: data.judged.seen.values.count)
  }

  /// Scores of one model.
  fileprivate var scores: Double { Double(queries) * Double(candidates) }

  /// Seconds that one processor takes to rank the model: a product, and a look at each score.
  package var modelSeconds: Double { scores * (2 * Double(dimension) * 1.6e-11 + 1e-9) }
}

/// The estimated cost of a baseline: the same on every machine, and within a factor of about two of measured times.
package struct BaselineCost: Sendable, Equatable {
  /// Processor time of fitting and ranking, on one processor.
  package var seconds: Double
  /// Memory in addition to the data.
  package var bytes: Double

  package init(seconds: Double, bytes: Double) {
    self.seconds = seconds
    self.bytes = bytes
  }

  package init(_ baseline: Baseline, _ sizes: EvaluationSizes) {
    let (scores, candidates) = (sizes.scores, Double(sizes.candidates))
    switch baseline {
    case .popularity, .recentPopularity: self.init(seconds: scores * 1e-9, bytes: candidates * 4)
    case .random: self.init(seconds: Double(sizes.queries) * 1e-5 + Double(sizes.history) * 5e-8, bytes: 0)
    case .itemKNN:
      let neighbours = Double(min(ItemKNN.defaultNeighbours, sizes.candidates))
      self.init(
        seconds: Double(sizes.cooccurrences) * 6e-9 + scores * 1.5e-9 + Double(sizes.history) * neighbours * 2e-9,
        bytes: candidates * neighbours * 32 + Double(sizes.pairs) * 24)
    case .ease:
      // n³ floating-point operations in doubles, and in floats a row for each of the history.
      self.init(
        seconds: candidates * candidates * candidates * EASE.secondsPerOperation
          + Double(sizes.cooccurrences) * 2e-9 + scores * 1.5e-9 + Double(sizes.history) * candidates * 0.3e-9,
        bytes: candidates * candidates * 12)
    case .contentKNN:
      // Every query looks at all values, and at those of its history.
      let values = Double(sizes.featureValues)
      self.init(
        seconds: (Double(sizes.queries) * values + Double(sizes.history) * values / max(candidates, 1)) * 1.5e-9
          + scores * 2e-9,
        bytes: values * 16)
    case .featurePopularity:
      self.init(seconds: scores * 1e-9 + Double(sizes.featureValues) * 1e-8, bytes: candidates * 4)
    }
  }

  /// "about 95 s and 1.0 GB".
  var text: String { "about \(Self.time(seconds)) and \(Self.size(bytes))" }

  private static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<100: "\(Int(max(seconds, 1).rounded())) s"
    case ..<6000: "\(Int((seconds / 60).rounded())) min"
    default: "\(Int((seconds / 3600).rounded())) h"
    }
  }

  static func size(_ bytes: Double) -> String {
    bytes < 1e9 ? "\(Int(max(bytes / 1e6, 1).rounded())) MB" : "\(decimals(bytes / 1e9, 1)) GB"
  }
}
