import ArgumentParser
package import Interactions
import Kernels
import StageKit
import Tables
package import TwoTower

/// The positives of a training, with known queries and candidates.
package struct PositivePairs {
  package let pairs: TrainingPairs
  /// Rows of the interactions that the pairs are, where they are asked for; 8 bytes each.
  let rows: [Int]
  /// A warning about weights that only a few pairs have; `nil` if there is none.
  package let weightWarning: String?
  /// The rating of each pair, `nan` for one without, where they are asked for; 4 bytes each.
  package let ratings: [Float]?
  /// A line for people about the rows that are left out.
  package let left: String

  /// Reads the interactions part by part, so that memory has the pairs alone, up to a bound.
  ///
  /// - Parameters:
  ///   - memory: bytes of pairs that may stand in memory.
  ///   - folder: of the scratch file for more.
  ///   - rating: the column that a rating head learns from, if there is one.
  /// - Throws: where no pair is left, no one has a rating that is asked for, or all together weigh nothing.
  package init(
    _ interactions: InteractionFile, _ vocabularies: Vocabularies, _ threshold: ThresholdOptions,
    sampleWeight: String?, scale: WeightScale = .linear, rating: RatingColumn? = nil, memory: Int, folder: String?,
    keepingRows: Bool = false
  ) throws {
    var reader = try PositiveReader(
      threshold, sampleWeight: sampleWeight, rating: rating, interactions, vocabularies)
    var collector = PairCollector(isWeighted: reader.isWeighted, memory: memory, folder: folder)
    var (rows, ratings, below, unknown, unrated) = ([Int](), [Float](), 0, 0, 0)
    for first in stride(from: 0, to: interactions.count, by: TableFile.partRows) {
      let part = try reader.next()
      for row in part.indices {
        switch part[row] {
        case .below: below += 1
        case .unknown: unknown += 1
        case .unrated: unrated += 1
        case .positive(let pair, let weight, let rating):
          try collector.append(pair, weight: weight)
          if let rating { ratings.append(rating) }
          if keepingRows { rows.append(first + row) }
        }
      }
    }
    let pairs = try scale.scaled(
      collector.finish(), queryRows: vocabularies.query.rows, memory: memory, folder: folder)
    (self.pairs, self.rows) = (pairs, rows)
    self.ratings = rating == nil ? nil : ratings
    if let rating, pairs.count + unrated > 0, !ratings.contains(where: { !$0.isNaN }) {
      throw ModelTrainingError.noRatings(column: rating.name)
    }
    guard pairs.count > 0 else { throw DataError.noRows("train") }
    weightWarning = try sampleWeight.flatMap { try PairWeights(pairs).checked($0) }
    left =
      (threshold.threshold == nil
        ? "every pair a positive whatever its rating" : "\(below) below the threshold left out")
      + (unknown > 0 ? "; \(unknown) name what the vocabularies lack, left out" : "")
      + (unrated > 0 ? "; \(unrated) without a rating left out" : "")
  }

  /// The time of each pair, of pairs that were read with their rows.
  ///
  /// - Parameter option: that needs times, for people.
  /// - Throws: `DataError.noRole` if the interactions have no times.
  package func times(in interactions: InteractionFile, neededFor option: String) throws -> [Double] {
    guard interactions.roles.timestamp != nil else { throw DataError.noRole("timestamp", neededFor: option) }
    let times = try interactions.times()
    return rows.map { times[$0] }
  }
}

/// Goes through the columns that a training needs, side by side.
private struct PositiveReader {
  enum Row {
    case below
    case unknown
    /// Without the rating that alone is learnt.
    case unrated
    case positive(Pair, weight: Float, rating: Float?)
  }

  private let threshold: Double?
  private let sampleWeight: String?
  private let queryRows: [EmbeddingRow]
  private let candidateRows: [EmbeddingRow]
  private var queries: TextStream
  private var candidates: TextStream
  private var ratings: CompleteNumbers?
  private var weights: CompleteNumbers?
  private var learntRatings: RatingReader?
  private let needsRating: Bool
  private var first = 0

  var isWeighted: Bool { weights != nil }

  init(
    _ options: ThresholdOptions, sampleWeight: String?, rating: RatingColumn?, _ interactions: InteractionFile,
    _ vocabularies: Vocabularies
  ) throws {
    threshold = options.threshold
    self.sampleWeight = sampleWeight
    queries = try interactions.text(vocabularies.query.column)
    candidates = try interactions.text(vocabularies.candidate.column)
    queryRows = vocabularies.query.rows(of: queries.dictionary)
    candidateRows = vocabularies.candidate.rows(of: candidates.dictionary)
    if options.threshold != nil {
      guard let field = options.thresholdField ?? interactions.roles.weight else {
        throw DataError.noRole("weight", neededFor: "--threshold")
      }
      ratings = try interactions.numbers(field)
    }
    weights = try sampleWeight.map { try interactions.numbers($0) }
    learntRatings = try rating.map { try RatingReader($0, interactions) }
    needsRating = rating?.isAlone ?? false
  }

  /// The next part of the rows.
  mutating func next() throws -> [Row] {
    var (queryCodes, candidateCodes) = ([UInt32](), [UInt32]())
    try queries.next(TableFile.partRows, into: &queryCodes)
    try candidates.next(TableFile.partRows, into: &candidateCodes)
    let ratings = try self.ratings?.next(TableFile.partRows)
    let weights = try nextWeights()
    let learntRatings = try self.learntRatings?.next()
    first += queryCodes.count
    return queryCodes.indices.map { row in
      if let ratings, let threshold, !(ratings[row] >= threshold) { return .below }
      let pair = Pair(query: queryRows[Int(queryCodes[row])], candidate: candidateRows[Int(candidateCodes[row])])
      guard pair.query.isKnown, pair.candidate.isKnown else { return .unknown }
      let rating = learntRatings?[row]
      if needsRating, rating?.isNaN ?? true { return .unrated }
      return .positive(pair, weight: weights?[row] ?? 1, rating: rating)
    }
  }

  private mutating func nextWeights() throws -> [Float]? {
    guard let sampleWeight, let values = try weights?.next(TableFile.partRows) else { return nil }
    if let row = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw ValidationError(
        "column \"\(sampleWeight)\" is \(values[row]) in row \(first + row + 1); weights are 0 or more")
    }
    return values.map { Float($0) }
  }
}

extension CompleteNumbers {
  fileprivate mutating func next(_ count: Int) throws -> [Double] {
    var part: [Double] = []
    try next(count, into: &part)
    return part
  }
}
