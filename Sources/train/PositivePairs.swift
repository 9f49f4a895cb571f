import ArgumentParser
import Interactions
import Kernels
import StageKit
import Tables
import TwoTower

/// The positives of a training, with known queries and candidates.
struct PositivePairs {
  let pairs: TrainingPairs
  /// Rows of the interactions that the pairs are, where they are asked for; 8 bytes each.
  let rows: [Int]
  /// How many rows are left out for which reason.
  let below: Int
  let unknown: Int

  /// Reads the interactions part by part, so that memory has the pairs alone, up to a bound.
  ///
  /// - Parameters:
  ///   - memory: bytes of pairs that may stand in memory.
  ///   - folder: of the scratch file for more.
  init(
    _ options: PairOptions, of interactions: InteractionFile, _ vocabularies: Vocabularies, memory: Int,
    folder: String?,
    keepingRows: Bool = false
  ) throws {
    var reader = try PositiveReader(options, interactions, vocabularies)
    var collector = PairCollector(isWeighted: reader.isWeighted, memory: memory, folder: folder)
    var (rows, below, unknown) = ([Int](), 0, 0)
    for first in stride(from: 0, to: interactions.count, by: TableFile.partRows) {
      let part = try reader.next()
      for row in part.indices {
        switch part[row] {
        case .below: below += 1
        case .unknown: unknown += 1
        case .positive(let pair, let weight):
          try collector.append(pair, weight: weight)
          if keepingRows { rows.append(first + row) }
        }
      }
    }
    pairs = collector.finish()
    self.rows = rows
    self.below = below
    self.unknown = unknown
  }
}

/// Goes through the columns that a training needs, side by side.
private struct PositiveReader {
  enum Row {
    case below
    case unknown
    case positive(Pair, weight: Float)
  }

  private let options: PairOptions
  private let queryRows: [Int32]
  private let candidateRows: [Int32]
  private var queries: TextStream
  private var candidates: TextStream
  private var ratings: CompleteNumbers?
  private var weights: CompleteNumbers?
  private var times: CompleteNumbers?
  private let newest: Double
  private var first = 0

  var isWeighted: Bool { weights != nil || times != nil }

  init(_ options: PairOptions, _ interactions: InteractionFile, _ vocabularies: Vocabularies) throws {
    self.options = options
    queries = try interactions.text(vocabularies.query.column)
    candidates = try interactions.text(vocabularies.candidate.column)
    queryRows = queries.dictionary.places(in: vocabularies.query.values).map { $0 + 1 }
    candidateRows = candidates.dictionary.places(in: vocabularies.candidate.values).map { $0 + 1 }
    if options.threshold != nil {
      guard let field = options.thresholdField ?? interactions.roles.weight else {
        throw DataError.noRole("weight", neededFor: "--threshold")
      }
      ratings = try interactions.numbers(field)
    }
    weights = try options.sampleWeight.map { try interactions.numbers($0) }
    guard options.halfLife != nil else {
      newest = 0
      return
    }
    guard let field = interactions.roles.timestamp else {
      throw DataError.noRole("timestamp", neededFor: "--half-life")
    }
    newest = try interactions.numbers(field).greatest(of: interactions.count)
    times = try interactions.numbers(field)
  }

  /// The next part of the rows.
  mutating func next() throws -> [Row] {
    var (queryCodes, candidateCodes) = ([UInt32](), [UInt32]())
    try queries.next(TableFile.partRows, into: &queryCodes)
    try candidates.next(TableFile.partRows, into: &candidateCodes)
    let ratings = try self.ratings?.next(TableFile.partRows)
    let weights = try nextWeights(queryCodes.count)
    first += queryCodes.count
    return queryCodes.indices.map { row in
      if let ratings, let threshold = options.threshold, !(ratings[row] >= threshold) { return .below }
      let pair = Pair(query: queryRows[Int(queryCodes[row])], candidate: candidateRows[Int(candidateCodes[row])])
      guard pair.query > 0, pair.candidate > 0 else { return .unknown }
      return .positive(pair, weight: weights?[row] ?? 1)
    }
  }

  private mutating func nextWeights(_ count: Int) throws -> [Float]? {
    guard isWeighted else { return nil }
    var result = [Float](repeating: 1, count: count)
    if let name = options.sampleWeight, let values = try weights?.next(TableFile.partRows) {
      if let row = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw ValidationError(
          "column \"\(name)\" is \(values[row]) in row \(first + row + 1); weights are 0 or more")
      }
      result = values.map { Float($0) }
    }
    if let halfLife = options.halfLife, let values = try times?.next(TableFile.partRows) {
      var factors = values.map { Float(-0.6931471805599453 * (newest - $0) / (86_400 * halfLife)) }
      exponentials(of: &factors)
      for row in result.indices { result[row] *= factors[row] }
    }
    return result
  }
}

extension CompleteNumbers {
  fileprivate mutating func next(_ count: Int) throws -> [Double] {
    var part: [Double] = []
    try next(count, into: &part)
    return part
  }

  /// Of all numbers; 0 where there are none.
  fileprivate func greatest(of count: Int) throws -> Double {
    var (numbers, greatest) = (self, -Double.infinity)
    for _ in stride(from: 0, to: count, by: TableFile.partRows) {
      greatest = max(greatest, try numbers.next(TableFile.partRows).max() ?? greatest)
    }
    return count > 0 ? greatest : 0
  }
}
