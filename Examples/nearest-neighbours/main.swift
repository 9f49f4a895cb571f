import Foundation
import VectorLibrary

/// Vectors that stand for embeddings of your own: contiguous rows of `dimension` floats, in 50 clusters.
func embeddings(_ count: Int, dimension: Int, seed: UInt64) -> [Float] {
  var state = seed
  func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24) - 0.5
  }
  return (0..<count).flatMap { row in
    (0..<dimension).map { column in Float((row % 50 * (column + 3)) % 17) / 8 + next() }
  }
}

let dimension = 16
let vectors = embeddings(30_000, dimension: dimension, seed: 1)
let queries = embeddings(3000, dimension: dimension, seed: 2)

// Build. Where an exact search would not be fast, an approximate one is tried; its recall is measured on queries of yours.
var options = VectorIndex.Options()
options.targetRecall = 0.9
options.k = 10
let index = try VectorIndex(
  vectors: vectors, dimension: dimension, similarity: .cosine, queries: queries, options: options)
print("\(index.count) candidates, \(index.isExact ? "exact" : "approximate")")
if let recall = index.recall {
  print("recall@\(recall.k) \(recall.share) ± \(recall.margin) on \(recall.queries) queries")
}
if let counts = index.counts {
  print("\(counts.duplicates) duplicates, \(counts.zeros) zero vectors, \(counts.absent) that cannot be found")
}

// Search: one query, or many on all processors.
let query = Array(queries[5 * dimension..<6 * dimension])
for neighbour in try index.search(query, k: 3) { print("\(neighbour.candidate): \(neighbour.score)") }
let lists = try index.search(queries: queries, k: 10)
print("\(lists.count) lists")

// Filter: make a filter once, for any number of searches and threads.
let even = CandidateFilter(including: stride(from: 0, to: index.count, by: 2), of: index.count)
print("even numbers only: \(try index.search(query, k: 3, filter: even).map(\.candidate))")

// Update: the old index stays as it is. Numbers are never given twice.
let update = try index.updated(
  adding: embeddings(1000, dimension: dimension, seed: 3), replacing: [7: query], removing: [0, 1],
  queries: queries)
print("\(update.report.added) added; the query itself is found as \(try update.index.search(query, k: 1)[0].candidate)")
if update.report.verdict == .rebuildIsDue { print("recall has fallen; build the index anew") }

// Save and open: nothing is read until it is searched.
let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tandem").path
defer { try? FileManager.default.removeItem(atPath: path) }
try update.index.save(to: path)
let opened = try VectorIndex.open(path)
guard try opened.search(queries: queries, k: 10) == update.index.search(queries: queries, k: 10) else {
  fatalError("an opened index answers as the one that was saved")
}
print("saved and opened")
