import Artifacts
import CanonicalJSON
import Foundation
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("The prefilter of exact search")
struct PrefilterTests {
  /// What candidates may be like.
  enum Kind: CaseIterable {
    case clustered, duplicates, zeros, huge, tiny, mixed, risingNorms

    func matrix(_ count: Int, _ dimension: Int) -> Matrix {
      let matrix = Vectors.clustered(count, dimension, seed: UInt64(dimension))
      for row in 0..<count {
        let values = matrix.pointer(row: row)
        if self == .duplicates { values.update(from: matrix.pointer(row: row % 9), count: dimension) }
        let factor: Float =
          switch self {
          case .clustered, .duplicates: 1
          case .zeros: row % 10 < 9 ? 0 : 1
          case .huge: 0x1p45
          case .tiny: 0x1p-135
          case .mixed: Float(sign: .plus, exponent: row * 31 % 120 - 100, significand: 1)
          case .risingNorms: Float(row) / Float(count)
          }
        for column in 0..<dimension { values[column] *= factor }
      }
      return matrix
    }
  }

  @Test(
    "changes no bit of any result, with and without a filter",
    arguments: Kind.allCases, [(13_000, 1), (13_000, 3), (13_001, 32), (9000, 129), (5000, 1024)])
  func agrees(kind: Kind, size: (count: Int, dimension: Int)) {
    let (count, dimension) = size
    let matrix = kind.matrix(count, dimension)
    let plain = ExactIndex(matrix, prefiltered: false)
    let prefiltered = ExactIndex(matrix, prefiltered: true)
    #expect(prefiltered.hasPrefilter && !plain.hasPrefilter)
    var queries = (0..<2).map { Vectors.clustered(2, dimension, seed: 50).row($0) }
    queries.append([Float](repeating: 0, count: dimension))
    queries.append(queries[0].map { -$0 * 0x1p-100 })
    queries.append(queries[1].map { $0 * 0x1p50 })
    queries.append(queries[0].map { $0 * 0x1p90 })
    let filters = [
      nil, CandidateFilter(excluding: stride(from: 0, to: count, by: 3), of: count),
      CandidateFilter(including: stride(from: 0, to: count, by: 401), of: count),
    ]
    for query in queries {
      for k in [1, 10, 700] {
        for filter in filters {
          #expect(prefiltered.search(query, k: k, filter: filter) == plain.search(query, k: k, filter: filter))
        }
      }
    }
    #expect(prefiltered.search(queries[0], k: count + 5) == plain.search(queries[0], k: count + 5))
  }

  @Test("gives the results of a sort of all scores, for lists of up to 10,000")
  func agreesWithSort() {
    let matrix = Vectors.clustered(30_000, 8, seed: 1)
    let index = ExactIndex(matrix)
    #expect(index.hasPrefilter)
    let query = Vectors.clustered(1, 8, seed: 2).row(0)
    let all = (0..<30_000).map { row in
      Neighbour(
        candidate: row,
        score: (0..<8).reduce(Float(0)) { $0.addingProduct(query[$1], matrix.pointer(row: row)[$1]) })
    }
    let sorted = all.sorted { ($1.score, $0.candidate) < ($0.score, $1.candidate) }
    for k in [1, 100, 1000, 10_000] { #expect(index.search(query, k: k) == Array(sorted.prefix(k))) }
  }

  @Test("exists from 20,000 candidates on, unless it is turned off or scores could overflow")
  func presence() {
    let matrix = Vectors.clustered(20_000, 2, seed: 3)
    #expect(ExactIndex(matrix).hasPrefilter)
    #expect(!ExactIndex(matrix, rows: 1..<20_000).hasPrefilter)
    #expect(!ExactIndex(matrix, prefiltered: false).hasPrefilter)
    let huge = ExactIndex(Matrix(rows: 2, columns: 1, values: [1e38, -3e38]), prefiltered: true)
    #expect(!huge.hasPrefilter)
    #expect(huge.search([10], k: 2).map(\.score) == [.infinity])
  }

  @Test("returns nothing for non-finite queries")
  func notFinite() {
    let index = ExactIndex(Vectors.clustered(3000, 3, seed: 4), prefiltered: true)
    #expect(index.search([.nan, 0, 0], k: 3).isEmpty)
  }

  @Test("gives batches the results of single queries, on any number of threads", arguments: [2, 3, 5, 13, 100])
  func batches(count: Int) {
    let matrix = Vectors.clustered(5000, 12, seed: 5)
    let queries = Vectors.clustered(count, 12, seed: 6)
    let index = ExactIndex(matrix, prefiltered: true)
    for filter in [nil, CandidateFilter(excluding: stride(from: 0, to: 5000, by: 2), of: 5000)] {
      let single = (0..<count).map { index.search(queries.row($0), k: 40, filter: filter) }
      for threads in [1, 2, 3] {
        #expect(index.search(queries, k: 40, filter: filter, threads: threads) == single)
      }
    }
    #expect(index.search(queries, k: 0, threads: 2) == [[Neighbour]](repeating: [], count: count))
  }
}

@Suite("A stored prefilter")
struct StoredPrefilterTests {
  private func path() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString).tandem").path
  }

  private func publish(_ index: ExactIndex, to path: String) throws -> ArtifactFile {
    try index.publish(to: path, lineage: Lineage(stage: "index", stageVersion: 1))
    return try ArtifactFile(path: path, type: IndexFile.type)
  }

  @Test("gives the same results from a file; the schema may leave it out")
  func file() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let index = ExactIndex(Vectors.clustered(5000, 7, seed: 1), prefiltered: true)
    let file = try publish(index, to: path)
    try file.verify()
    let mapped = try ExactIndex(file)
    var schema = file.header.schema.object ?? [:]
    schema["prefilter"] = nil
    let without = try ExactIndex(file, schema: .object(schema))
    #expect(mapped.hasPrefilter && !without.hasPrefilter)
    let queries = Vectors.clustered(10, 7, seed: 2)
    for row in 0..<10 {
      let wanted = index.search(queries.row(row), k: 9)
      #expect(mapped.search(queries.row(row), k: 9) == wanted)
      #expect(without.search(queries.row(row), k: 9) == wanted)
    }
  }

  @Test("is refused if its kind is unknown or its parts are missing or inconsistent")
  func refused() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try publish(ExactIndex(Vectors.clustered(100, 7, seed: 1), prefiltered: false), to: path)
    for kind in ["int8", "int4", 8] as [JSON] {
      var schema = file.header.schema.object ?? [:]
      schema["prefilter"] = kind
      #expect(throws: FileError.self) { try ExactIndex(file, schema: .object(schema)) }
    }
    for wrong in ["codes", "scales", "errors"] {
      let hostile = self.path()
      defer { try? FileManager.default.removeItem(atPath: hostile) }
      let forged = try forge(to: hostile, wrong: wrong)
      #expect(throws: FileError.self, "\(wrong)") { try ExactIndex(forged) }
    }
  }

  /// An index of 100 candidates whose prefilter says anything; one of its parts has another shape.
  private func forge(to path: String, wrong: String? = nil) throws -> ArtifactFile {
    let schema: JSON = [
      "kind": "exact", "similarity": "inner-product", "count": 100, "dimension": 7, "prefilter": "int8",
    ]
    let writer = try ArtifactWriter(path: path, type: IndexFile.type, schema: schema)
    let panels = PackedRows(Vectors.clustered(100, 7, seed: 1)).panels
    try writer.add("panels", panels, shape: [7, 7, 16], codec: .raw)
    var shapes = ["codes": [7, 4, 16, 2], "scales": [7, 16], "errors": [7]]
    if let wrong { shapes[wrong]?[0] = 6 }
    func count(_ name: String) -> Int { shapes[name, default: []].reduce(1, *) }
    let codes = [UInt8](repeating: 0x80, count: count("codes"))
    try writer.add("prefilter/codes", codes, shape: shapes["codes"], codec: .raw)
    for (name, value) in [("scales", -Float.greatestFiniteMagnitude), ("errors", .greatestFiniteMagnitude)] {
      try writer.add(
        "prefilter/\(name)", [Float](repeating: value, count: count(name)), shape: shapes[name], codec: .raw)
    }
    try writer.publish(lineage: Lineage(stage: "index", stageVersion: 1))
    return try ArtifactFile(path: path, type: IndexFile.type)
  }

  @Test("with random contents never makes a search read out of bounds or return unknown candidates")
  func hostile() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let index = try ExactIndex(try forge(to: path))
    for k in [1, 50, 200] {
      let list = index.search([1, -1, 1, -1, 1, -1, 1], k: k)
      #expect(list.count <= min(k, 100) && list.allSatisfy { 0..<100 ~= $0.candidate })
    }
  }
}
