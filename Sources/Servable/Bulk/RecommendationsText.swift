import Artifacts
import CanonicalJSON
import ParallelLoops
import SystemFiles
import Tables

/// Every query's list as text: CSV, a row for each recommendation, or JSON Lines, a line for each query.
struct RecommendationsText: Sendable {
  let servable: Servable
  let blocks: FinishedBlocks
  let form: BulkForm

  /// Publishes the text, which is rendered on several threads and written in order.
  func publish(to path: String, threads: Int) throws {
    try Files.publish(to: path, replacing: false, mode: 0o644) { file in
      func write(_ bytes: [UInt8]) throws { try naming(path) { try file.write(bytes) } }
      if form == .csv {
        let facts = servable.facts
        var header: [UInt8] = []
        CSVRow.append([facts.queryColumn, "rank", facts.candidateColumn, "score"], to: &header)
        try write(header)
      }
      for first in stride(from: 0, to: blocks.count, by: max(threads, 1)) {
        let texts = parallelMap(min(threads, blocks.count - first), threads: threads) { number in
          Result { try text(of: first + number) }
        }
        for text in texts { try write(try text.get()) }
      }
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
          CSVRow.append(
            [name, "\(rank + 1)", servable.candidates[Int(block.candidates[place])], "\(block.scores[place])"],
            to: &bytes)
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
}
