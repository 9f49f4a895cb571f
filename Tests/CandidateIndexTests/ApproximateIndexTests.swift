import Artifacts
import Foundation
import Kernels
import Testing

@testable import CandidateIndex

@Suite("Approximate search")
struct ApproximateIndexTests {
  private func index(_ matrix: Matrix, leaves: Int, threads: Int = 2) -> ApproximateIndex {
    var settings = ApproximateIndex.Settings(leaves: leaves)
    settings.threads = threads
    settings.iterations = 4
    return ApproximateIndex(matrix, rows: 0..<matrix.rows, settings: settings)
  }

  private func everything(_ index: ApproximateIndex) -> ApproximateIndex.Effort {
    ApproximateIndex.Effort(probes: index.leafCount, reordered: index.count)
  }

  @Test(
    "finds what exact search finds, bit for bit, where it looks everywhere",
    arguments: [(1, 1, 1), (31, 3, 2), (33, 16, 4), (500, 7, 9), (700, 33, 20)])
  func complete(count: Int, dimension: Int, leaves: Int) {
    let matrix = Vectors.clustered(count, dimension, seed: 1)
    let (index, exact) = (index(matrix, leaves: leaves), ExactIndex(matrix))
    let queries = Vectors.clustered(5, dimension, seed: 2)
    for row in 0..<5 {
      for k in [1, 10, count + 3] {
        for filter in [nil, CandidateFilter(excluding: stride(from: 0, to: count, by: 3), of: count)] {
          #expect(
            index.search(queries.row(row), k: k, filter: filter, effort: everything(index))
              == exact.search(queries.row(row), k: k, filter: filter))
        }
      }
    }
  }

  @Test("finds most of the best in a few leaves, with their exact scores")
  func recall() {
    let matrix = Vectors.clustered(4000, 16, seed: 3)
    let (index, exact) = (index(matrix, leaves: 40), ExactIndex(matrix))
    let queries = Vectors.clustered(40, 16, seed: 4)
    var found = 0
    for row in 0..<queries.rows {
      let wanted = exact.search(queries.row(row), k: 20)
      let list = index.search(
        queries.row(row), k: 20, filter: nil, effort: ApproximateIndex.Effort(probes: 10, reordered: 200))
      let scores = Dictionary(
        uniqueKeysWithValues: exact.search(queries.row(row), k: 4000).map { ($0.candidate, $0.score) })
      #expect(list.count == 20)
      #expect(list.allSatisfy { scores[$0.candidate] == $0.score })
      found += list.count { wanted.contains($0) }
    }
    #expect(Double(found) / 800 > 0.9, "\(found) of 800")
  }

  @Test("never gives fewer than there are, however few leaves are asked for and however little is allowed")
  func full() {
    let matrix = Vectors.clustered(900, 8, seed: 5)
    let index = index(matrix, leaves: 30)
    let query = Vectors.clustered(1, 8, seed: 6).row(0)
    let least = ApproximateIndex.Effort(probes: 1, reordered: 1)
    #expect(index.search(query, k: 500, filter: nil, effort: least).count == 500)
    for allowed in [0, 1, 3, 200, 899] {
      let filter = CandidateFilter(including: (0..<allowed).map { ($0 * 7) % 900 }, of: 900)
      let list = index.search(query, k: 100, filter: filter, effort: least)
      #expect(list.count == min(100, filter.allowed))
      #expect(list.allSatisfy { filter.allows($0.candidate) })
      #expect(Set(list.map(\.candidate)).count == list.count)
    }
  }

  @Test("answers batches as single queries, on any number of threads, and from the same bytes however it was built")
  func determinism() throws {
    let matrix = Vectors.clustered(1500, 12, seed: 8)
    let queries = Vectors.clustered(30, 12, seed: 9)
    let effort = ApproximateIndex.Effort(probes: 4, reordered: 60)
    let first = index(matrix, leaves: 25, threads: 1)
    let lists = (0..<30).map { first.search(queries.row($0), k: 10, filter: nil, effort: effort) }
    for threads in [1, 2, 3] {
      let again = index(matrix, leaves: 25, threads: threads)
      #expect(again.search(queries, k: 10, effort: effort, threads: threads) == lists)
      #expect(try digest(again) == digest(first))
    }
  }

  private func scratch() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString).tandem").path
  }

  private func digest(_ index: ApproximateIndex) throws -> Digest {
    let path = scratch()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try StoredIndex.approximate(index).publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    return try ArtifactFile(path: path).digest
  }

  @Test("answers the same from a mapped file, and refuses one whose parts do not fit")
  func file() throws {
    let path = scratch()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let matrix = Vectors.clustered(700, 9, seed: 10)
    let index = index(matrix, leaves: 12)
    try StoredIndex.approximate(index).publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    let file = try ArtifactFile(path: path, type: StoredIndex.type)
    try file.verify()
    let mapped = try StoredIndex(file)
    let queries = Vectors.clustered(10, 9, seed: 11)
    for row in 0..<10 {
      #expect(mapped.search(queries.row(row), k: 15, filter: nil) == index.search(queries.row(row), k: 15, filter: nil))
    }
    #expect(mapped.matrix(after: 1).values == [Float](repeating: 0, count: 9) + matrix.values)
    for (field, value) in [
      ("count", 701), ("count", 0), ("dimension", 10), ("leaves", 13), ("leaves", 0), ("subspace_width", 3),
      ("probes", 0), ("probes", 13), ("reordered", 701),
    ] as [(String, JSON)] {
      var schema = file.header.schema.object ?? [:]
      schema[field] = value
      #expect(throws: FileError.self, "\(field) \(value.text)") { try StoredIndex(file, schema: .object(schema)) }
    }
  }

  @Test("takes candidates that are all the same, and finds nothing for what is no number")
  func degenerate() {
    let same = Matrix(rows: 100, columns: 3, values: [Float](repeating: 0.5, count: 300))
    let index = index(same, leaves: 5)
    #expect(index.search([1, 1, 1], k: 4, filter: nil, effort: nil).map(\.candidate) == [0, 1, 2, 3])
    #expect(index.search([0, 0, 0], k: 2, filter: nil, effort: nil).count == 2)
    #expect(index.search([.nan, 0, 0], k: 2, filter: nil, effort: nil).isEmpty)
    #expect(index.search([.infinity, 0, 0], k: 2, filter: nil, effort: nil).isEmpty)
  }

  @Test("is tuned to the recall that is asked for, and proves it on other queries")
  func tuning() throws {
    let matrix = Vectors.clustered(6000, 16, seed: 12)
    let exact = ExactIndex(matrix)
    let index = index(matrix, leaves: 60)
    let queries = Vectors.clustered(200, 16, seed: 13)
    let tuning = Tuning(index, exact: exact, queries: queries, k: 10, threads: 2)
    let certificate = try #require(tuning.certificate(target: 0.9))
    #expect(certificate.point.recall > 0.85 && certificate.queries == 100)
    #expect(certificate.curve.map(\.recall) == certificate.curve.map(\.recall).sorted())
    #expect(tuning.certificate(target: 0.9) == certificate)
  }
}

@Suite("A scan of codes")
struct CodeScanTests {
  @Test(
    "gives the sums of the table entries, in every variant", arguments: [(1, 2), (31, 4), (32, 16), (77, 8), (300, 64)])
  func sums(candidates: Int, subspaces: Int) {
    var random = RandomGenerator(seed: UInt64(candidates), stream: "codes")
    let blocks = (candidates + 31) / 32
    let codes = (0..<blocks * 16 * subspaces).map { _ in UInt8(random.below(256)) }
    let tables = (0..<16 * subspaces).map { _ in UInt8(random.below(256)) }
    let sums = (0..<candidates).map { candidate in
      (0..<subspaces).reduce(0) { sum, subspace in
        let byte = codes[(candidate / 32 * subspaces + subspace) * 16 + candidate % 16]
        return sum + Int(tables[subspace * 16 + Int(candidate % 32 < 16 ? byte & 15 : byte >> 4)])
      }
    }
    for threshold in [0, sums.sorted()[candidates / 2], 65_535] {
      let wanted = sums.indices.filter { sums[$0] >= threshold }
      for variant in KernelVariant.available {
        var (places, found) = ([UInt32](repeating: 0, count: candidates), [UInt16](repeating: 0, count: candidates))
        let count = codes.withUnsafeBufferPointer { codes in
          tables.withUnsafeBufferPointer { tables in
            guard let codes = codes.baseAddress, let tables = tables.baseAddress else { return 0 }
            return scanCodes(
              codes, candidates: candidates, subspaces: subspaces, tables: tables, threshold: UInt16(threshold),
              places: &places, sums: &found, variant: variant)
          }
        }
        #expect(places.prefix(count).map { Int($0) } == wanted)
        #expect(found.prefix(count).map { Int($0) } == wanted.map { sums[$0] })
      }
    }
  }
}
