import Artifacts
import CanonicalJSON
import ParallelLoops
import SystemFiles
import Tables

/// Many queries' lists as text: CSV, a row for each recommendation, or JSON Lines, a line for each query.
struct RecommendationsText: Sendable {
  let bulk: BulkRecommender
  let blocks: FinishedBlocks
  let form: BulkForm

  private var servable: Servable { bulk.servable }

  /// Publishes the text, which is rendered on several threads and written in order.
  func publish(to path: String, threads: Int) throws {
    try Files.publish(to: path, replacing: false, mode: 0o644) { file in
      func write(_ bytes: [UInt8]) throws { try naming(path) { try file.write(bytes) } }
      if form == .csv {
        let facts = servable.facts
        var header: [UInt8] = []
        CSVRow.append(
          [facts.queryColumn, "rank", facts.candidateColumn, "score"] + (bulk.hasRatings ? ["rating"] : []), to: &header
        )
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
    for (number, length) in zip(blocks.range(of: number), block.lengths) {
      let places = start..<start + Int(length)
      start = places.upperBound
      let query = bulk.queries[number]
      let ratings = bulk.hasRatings && servable.isRated(query) ? block.ratings[places] : []
      switch form {
      case .csv, .artifact: appendRows(servable.queries[query], block, places, ratings, to: &bytes)
      case .jsonLines: bytes += Array(line(servable.queries[query], block, places, ratings).utf8) + [10]
      }
    }
    return bytes
  }

  /// - Parameter ratings: of the places; none if the query has none.
  private func appendRows(
    _ query: String, _ block: RecommendationBlock, _ places: Range<Int>, _ ratings: ArraySlice<Float>,
    to bytes: inout [UInt8]
  ) {
    for (rank, place) in places.enumerated() {
      let rating = bulk.hasRatings ? [ratings.isEmpty ? "" : "\(ratings[place])"] : []
      CSVRow.append(
        [query, "\(rank + 1)", servable.candidates[Int(block.candidates[place])], "\(block.scores[place])"] + rating,
        to: &bytes)
    }
  }

  private func line(
    _ query: String, _ block: RecommendationBlock, _ places: Range<Int>, _ ratings: ArraySlice<Float>
  ) -> String {
    let recommendations = places.map { place -> JSON in
      var fields: [String: JSON] = [
        "candidate": JSON(servable.candidates[Int(block.candidates[place])]), "score": JSON(block.scores[place]),
      ]
      if !ratings.isEmpty { fields["rating"] = JSON(ratings[place]) }
      return .object(fields)
    }
    return JSON.object(["query": JSON(query), "recommendations": .array(recommendations)]).text
  }
}
