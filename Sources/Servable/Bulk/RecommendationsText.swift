import Artifacts
import CanonicalJSON
import Glibc
import Kernels
import ParallelLoops
import SystemFiles

/// Every query's list as text: CSV, a row for each recommendation, or JSON Lines, a line for each query.
struct RecommendationsText: Sendable {
  let servable: Servable
  let blocks: FinishedBlocks
  let form: BulkForm

  /// Rendered on several threads, written in order.
  func publish(to path: String, threads: Int) throws {
    let temporary = Files.temporarySibling(of: path)
    defer { Files.remove(temporary) }
    try naming(path) {
      let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
      func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try file.write($0) } }
      if form == .csv {
        let facts = servable.facts
        try write(Self.row([facts.queryColumn, "rank", facts.candidateColumn, "score"]))
      }
      for first in stride(from: 0, to: blocks.count, by: max(threads, 1)) {
        let texts = parallelMap(min(threads, blocks.count - first), threads: threads) { number in
          Result { try text(of: first + number) }
        }
        for text in texts { try write(try text.get()) }
      }
      try file.synchronise()
      try file.close()
      try Files.renameWithoutReplacing(temporary, path)
      try Files.synchroniseFolder(Files.folder(of: path))
    }
  }

  private func text(of number: Int) throws -> [UInt8] {
    let block = try blocks.read(number)
    var (bytes, start) = ([UInt8](), 0)
    for (query, length) in zip(blocks.range(of: number), block.lengths) {
      let places = start..<start + Int(length)
      start = places.upperBound
      let name = servable.queries[query]
      switch form {
      case .csv, .artifact:
        for (rank, place) in places.enumerated() {
          bytes += Self.row([
            name, "\(rank + 1)", servable.candidates[Int(block.candidates[place])], "\(block.scores[place])",
          ])
        }
      case .jsonLines:
        let recommendations = places.map { place -> JSON in
          [
            "candidate": JSON(servable.candidates[Int(block.candidates[place])]),
            "score": JSON(block.scores[place]),
          ]
        }
        let line: JSON = ["query": JSON(name), "recommendations": .array(recommendations)]
        bytes += Array(line.text.utf8) + [10]
      }
    }
    return bytes
  }

  /// As RFC 4180 has it.
  private static func row(_ cells: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (place, cell) in cells.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      guard cell.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 13 || $0 == 10 }) else {
        bytes += cell.utf8
        continue
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in cell.utf8 { bytes += byte == 0x22 ? [byte, byte] : [byte] }
      bytes.append(UInt8(ascii: "\""))
    }
    return bytes + [13, 10]
  }
}
