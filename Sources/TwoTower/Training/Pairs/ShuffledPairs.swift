import Artifacts
import SystemFiles
import Tables

/// Pairs in the order of an epoch, a range of places at a time.
enum ShuffledPairs {
  case resident(PairOrder)
  case grouped(GroupedPairs)

  /// - Parameter batchSize: ranges that will be asked for begin at its multiples and are no longer.
  init(_ pairs: TrainingPairs, order: PairOrder, batchSize: Int, folder: String?) throws {
    self =
      pairs.resident == nil
      ? .grouped(try GroupedPairs(pairs, order: order, batchSize: batchSize, folder: folder)) : .resident(order)
  }

  mutating func read(
    _ range: Range<Int>, of pairs: TrainingPairs
  ) throws -> (pairs: ArraySlice<Pair>, weights: ArraySlice<Float>?) {
    switch self {
    case .resident(let order):
      let rows = range.map { order[$0] }
      let resident = pairs.resident ?? []
      return (rows.map { resident[$0] }[...], pairs.residentWeights.map { weights in rows.map { weights[$0] }[...] })
    case .grouped(var groups):
      let batch = try groups.read(range)
      self = .grouped(groups)
      return batch
    }
  }
}

/// An out-of-core shuffle: pairs are scattered over groups of neighbouring places, each small enough to be put in order
/// in memory when its turn comes.
struct GroupedPairs {
  /// The approximate number of pairs that are put in order at a time: 32 MB of records.
  static let groupPairs = 2 << 20
  /// Records that a group collects before they are written.
  static let bufferedRecords = 2048

  private struct Record: BitwiseCopyable {
    var place: UInt32
    var pair: Pair
    var weight: Float
  }

  private let file: ScratchFile
  private let count: Int
  private let groupSize: Int
  private let isWeighted: Bool
  private var group = -1
  private var pairs: [Pair] = []
  private var weights: [Float] = []

  init(
    _ source: TrainingPairs, order: PairOrder, batchSize: Int, folder: String?,
    groupPairs: Int = GroupedPairs.groupPairs
  ) throws {
    file = try ScratchFile(in: folder)
    count = source.count
    groupSize = max(groupPairs / batchSize, 1) * batchSize
    isWeighted = source.isWeighted
    let groups = (count + groupSize - 1) / groupSize
    var buffers = [[Record]](repeating: [], count: groups)
    var written = [Int](repeating: 0, count: groups)
    let place = order.places()
    var row = 0
    try source.visit { pair, weight in
      let (group, rest) = place(row).quotientAndRemainder(dividingBy: groupSize)
      buffers[group].append(Record(place: UInt32(rest), pair: pair, weight: weight))
      if buffers[group].count >= Self.bufferedRecords {
        try flush(&buffers[group], of: group, &written[group])
      }
      row += 1
    }
    for group in 0..<groups { try flush(&buffers[group], of: group, &written[group]) }
  }

  private func flush(_ buffer: inout [Record], of group: Int, _ written: inout Int) throws {
    let stride = MemoryLayout<Record>.stride
    try file.write(buffer, at: (group * groupSize + written) * stride)
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  mutating func read(_ range: Range<Int>) throws -> (pairs: ArraySlice<Pair>, weights: ArraySlice<Float>?) {
    let wanted = range.lowerBound / groupSize
    if wanted != group { try load(wanted) }
    let start = group * groupSize
    let part = range.lowerBound - start..<range.upperBound - start
    return (pairs[part], isWeighted ? weights[part] : nil)
  }

  private mutating func load(_ wanted: Int) throws {
    let size = min(groupSize, count - wanted * groupSize)
    if pairs.count != size {
      pairs = [Pair](repeating: Pair(query: .unknown, candidate: .unknown), count: size)
      weights = [Float](repeating: 1, count: isWeighted ? size : 0)
    }
    var records = [Record](
      repeating: Record(place: 0, pair: Pair(query: .unknown, candidate: .unknown), weight: 1),
      count: min(size, 1 << 16))
    for from in stride(from: 0, to: size, by: records.count) {
      let part = min(records.count, size - from)
      try unsafe records.withUnsafeMutableBytes { bytes in
        let stride = MemoryLayout<Record>.stride
        try unsafe file.read(
          into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<(part * stride)]),
          at: (wanted * groupSize + from) * stride)
      }
      for record in records[..<part] {
        pairs[Int(record.place)] = record.pair
        if isWeighted { weights[Int(record.place)] = record.weight }
      }
    }
    group = wanted
  }
}
