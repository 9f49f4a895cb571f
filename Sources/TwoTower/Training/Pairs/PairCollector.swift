import Artifacts
import SystemFiles
import Tables

/// Collects pairs as they come; where they get more than a bound, they go to a scratch file.
package struct PairCollector {
  /// The default bound in bytes: 32 million pairs without weights.
  package static let memory = 256 << 20

  private let limit: Int
  private let folder: String?
  private var pairs: [Pair] = []
  private var weights: [Float]?
  private var counts: [Int] = []
  private var spilled: SpilledPairs?

  /// - Parameters:
  ///   - memory: bytes of pairs and weights that may stand in memory.
  ///   - folder: of the scratch file.
  package init(isWeighted: Bool, memory: Int = PairCollector.memory, folder: String? = nil) {
    weights = isWeighted ? [] : nil
    limit = max(memory / (isWeighted ? 12 : 8), 1)
    self.folder = folder
  }

  package mutating func append(_ pair: Pair, weight: Float = 1) throws {
    pairs.append(pair)
    weights?.append(weight)
    let row = Int(pair.candidate.index)
    if row >= counts.count { counts += [Int](repeating: 0, count: max(row + 1 - counts.count, counts.count)) }
    counts[row] += 1
    guard pairs.count >= (spilled == nil ? limit : min(limit, SpilledPairs.blockPairs)) else { return }
    let file = try spilled ?? SpilledPairs(file: ScratchFile(in: folder), isWeighted: weights != nil)
    spilled = try file.adding(pairs, weights: weights)
    pairs = []
    if weights != nil { weights = [] }
  }

  package func finish() -> TrainingPairs {
    let used = counts.lastIndex { $0 > 0 } ?? -1
    return TrainingPairs(pairs, weights: weights, counts: Array(counts[...used]), after: spilled)
  }
}

/// Pairs in a scratch file, block after block, and the last few in memory.
struct SpilledPairs: Sendable {
  /// The size of each write after the first.
  static let blockPairs = 1 << 18

  private let file: ScratchFile
  private let isWeighted: Bool
  /// Pairs of each block.
  private var blocks: [Int] = []
  private var last: (pairs: [Pair], weights: [Float]?) = ([], nil)
  private(set) var count = 0

  init(file: ScratchFile, isWeighted: Bool) {
    self.file = file
    self.isWeighted = isWeighted
  }

  private func size(_ pairs: Int) -> Int { pairs * (isWeighted ? 12 : 8) }

  func adding(_ pairs: [Pair], weights: [Float]?) throws -> SpilledPairs {
    try file.write(pairs, at: size(count))
    if let weights { try file.write(weights, at: size(count) + pairs.count * 8) }
    var more = self
    more.blocks.append(pairs.count)
    more.count += pairs.count
    return more
  }

  func closed(by pairs: [Pair], weights: [Float]?) -> SpilledPairs {
    var all = self
    all.last = (pairs, weights)
    return all
  }

  func visit(_ body: (Pair, Float) throws -> Void) throws {
    var start = 0
    for block in blocks {
      // The first block is as large as the bound; parts of it are read one by one.
      for from in stride(from: 0, to: block, by: Self.blockPairs) {
        let part = from..<min(from + Self.blockPairs, block)
        let pairs = try read(Pair(query: .unknown, candidate: .unknown), part.count, at: size(start) + from * 8)
        let weights =
          isWeighted ? try read(Float(0), part.count, at: size(start) + block * 8 + from * 4) : nil
        for place in pairs.indices { try body(pairs[place], weights?[place] ?? 1) }
      }
      start += block
    }
    for (place, pair) in last.pairs.enumerated() { try body(pair, last.weights?[place] ?? 1) }
  }

  private func read<Value: BitwiseCopyable>(_ filler: Value, _ count: Int, at offset: Int) throws -> [Value] {
    var values = [Value](repeating: filler, count: count)
    try unsafe values.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: offset) }
    return values
  }
}
