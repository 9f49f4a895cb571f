import Artifacts
import CanonicalJSON
import Foundation
import Kernels
import SystemFiles
import TestKit
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

  private func everything(_ index: ApproximateIndex) -> SearchParameters {
    SearchParameters(reach: 1_000_000, reordered: index.count)
  }

  @Test(
    "gives the results of exact search, bit for bit, if it scans every leaf",
    arguments: [(1, 1, 1), (31, 3, 2), (33, 16, 4), (500, 7, 9), (700, 33, 20)])
  func complete(count: Int, dimension: Int, leaves: Int) {
    let matrix = Vectors.clustered(count, dimension, seed: 1)
    let (index, exact) = (index(matrix, leaves: leaves), ExactIndex(matrix))
    let queries = Vectors.clustered(5, dimension, seed: 2)
    for row in 0..<5 {
      for k in [1, 10, count + 3] {
        for filter in [nil, CandidateFilter(excluding: stride(from: 0, to: count, by: 3), of: count)] {
          #expect(
            index.search(queries.row(row), k: k, filter: filter, parameters: everything(index))
              == exact.search(queries.row(row), k: k, filter: filter))
        }
      }
    }
  }

  @Test("finds most of the nearest neighbours in a few leaves, with exact scores")
  func recall() {
    let matrix = Vectors.clustered(4000, 16, seed: 3)
    let (index, exact) = (index(matrix, leaves: 40), ExactIndex(matrix))
    let queries = Vectors.clustered(40, 16, seed: 4)
    var found = 0
    for row in 0..<queries.rows {
      let wanted = exact.search(queries.row(row), k: 20)
      let list = index.search(
        queries.row(row), k: 20, filter: nil, parameters: SearchParameters(reach: 3, reordered: 200))
      let scores = Dictionary(
        uniqueKeysWithValues: exact.search(queries.row(row), k: 4000).map { ($0.candidate, $0.score) })
      #expect(list.count == 20)
      #expect(list.allSatisfy { scores[$0.candidate] == $0.score })
      found += list.count { wanted.contains($0) }
    }
    #expect(Double(found) / 800 > 0.9, "\(found) of 800")
  }

  @Test("returns k allowed candidates, or all if fewer, however few leaves are probed")
  func full() {
    let matrix = Vectors.clustered(900, 8, seed: 5)
    let index = index(matrix, leaves: 30)
    let query = Vectors.clustered(1, 8, seed: 6).row(0)
    let least = SearchParameters(reach: 0, probes: 1, reordered: 1)
    #expect(index.search(query, k: 500, filter: nil, parameters: least).count == 500)
    for allowed in [0, 1, 3, 200, 899] {
      let filter = CandidateFilter(including: (0..<allowed).map { ($0 * 7) % 900 }, of: 900)
      let list = index.search(query, k: 100, filter: filter, parameters: least)
      #expect(list.count == min(100, filter.allowed))
      #expect(list.allSatisfy { filter.allows($0.candidate) })
      #expect(Set(list.map(\.candidate)).count == list.count)
    }
  }

  @Test("gives batches the results of single queries on any number of threads, and is built to the same bytes")
  func determinism() throws {
    let matrix = Vectors.clustered(1500, 12, seed: 8)
    let queries = Vectors.clustered(30, 12, seed: 9)
    let parameters = SearchParameters(reach: 2, reordered: 60)
    let first = index(matrix, leaves: 25, threads: 1)
    let lists = (0..<30).map { first.search(queries.row($0), k: 10, filter: nil, parameters: parameters) }
    for threads in [1, 2, 3] {
      let again = index(matrix, leaves: 25, threads: threads)
      #expect(again.measured(queries, k: 10, parameters: parameters, threads: threads).lists == lists)
      #expect(try digest(again) == digest(first))
    }
  }

  private func scratch() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString).tandem").path
  }

  private func digest(_ index: ApproximateIndex) throws -> Digest {
    let path = scratch()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try index.publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    return try ArtifactFile(path: path).digest
  }

  @Test("gives the same results from a mapped file, and refuses one with inconsistent parts")
  func file() throws {
    let path = scratch()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let matrix = Vectors.clustered(700, 9, seed: 10)
    let index = index(matrix, leaves: 12)
    try index.publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    let file = try ArtifactFile(path: path, type: IndexFile.type)
    try file.verify()
    let mapped = try IndexFile.open(file)
    let queries = Vectors.clustered(10, 9, seed: 11)
    for row in 0..<10 {
      #expect(mapped.search(queries.row(row), k: 15, filter: nil) == index.search(queries.row(row), k: 15, filter: nil))
    }
    #expect(mapped.matrix(after: 1).values == [Float](repeating: 0, count: 9) + matrix.values)
    for (field, value) in [
      ("count", 701), ("count", 0), ("dimension", 10), ("leaves", 13), ("leaves", 0), ("subspaces", 4),
      ("subspaces", 3), ("groups", 2), ("present", 699), ("present", 701), ("probes", 0), ("reordered", -1),
      ("tuned_k", 0), ("anisotropy", .string("much")),
    ] as [(String, JSON)] {
      var schema = file.header.schema.object ?? [:]
      schema[field] = value
      #expect(throws: FileError.self, "\(field) \(value.text)") { try IndexFile.open(file, schema: .object(schema)) }
    }
  }

  @Test("accepts equal candidates, and returns nothing for non-finite queries")
  func degenerate() {
    let same = Matrix(rows: 100, columns: 3, values: [Float](repeating: 0.5, count: 300))
    let index = index(same, leaves: 5)
    #expect(index.search([1, 1, 1], k: 4, filter: nil, parameters: nil).map(\.candidate) == [0, 1, 2, 3])
    #expect(index.search([0, 0, 0], k: 2, filter: nil, parameters: nil).count == 2)
    #expect(index.search([.nan, 0, 0], k: 2, filter: nil, parameters: nil).isEmpty)
    #expect(index.search([.infinity, 0, 0], k: 2, filter: nil, parameters: nil).isEmpty)
  }

  @Test("is tuned to the target recall, which other queries confirm")
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
