import Kernels
import TestKit
import Testing

@testable import CandidateIndex
@testable import VectorLibrary

@Suite("The index of the vector library")
struct VectorIndexTests {
  /// The similarity in doubles, of every candidate.
  private func scores(_ similarity: Similarity, _ vectors: [Float], _ query: [Float]) -> [Double] {
    func product(_ left: [Float], _ right: [Float]) -> Double {
      zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return stride(from: 0, to: vectors.count, by: query.count).map { start in
      let vector = Array(vectors[start..<start + query.count])
      switch similarity {
      case .innerProduct: return product(query, vector)
      case .cosine:
        let lengths = (product(query, query) * product(vector, vector)).squareRoot()
        return lengths == 0 ? 0 : product(query, vector) / lengths
      case .euclidean:
        return -zip(query, vector).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
      }
    }
  }

  private func options(_ kind: VectorIndex.Kind, k: Int = 10, target: Double = 0.9) -> VectorIndex.Options {
    var options = VectorIndex.Options()
    (options.kind, options.k, options.targetRecall, options.proofQueries) = (kind, k, target, 100)
    return options
  }

  @Test(
    "returns the nearest by each similarity, with its scores, at every size",
    arguments: Similarity.allCases, [(0, 3), (1, 1), (1, 1024), (2, 1), (50, 1), (50, 1024), (300, 7), (20, 4096)])
  func scores(similarity: Similarity, size: (count: Int, dimension: Int)) throws {
    let vectors = Vectors.clustered(size.count, size.dimension, seed: 1).values
    let queries = Vectors.clustered(3, size.dimension, seed: 2).values
    // A debug build takes minutes to learn a space of many dimensions.
    for kind in size.dimension < 100 ? [VectorIndex.Kind.automatic, .approximate] : [.automatic] {
      let index = try VectorIndex(
        vectors: vectors, dimension: size.dimension, similarity: similarity, options: options(kind))
      #expect(index.count == size.count && index.dimension == size.dimension && index.similarity == similarity)
      let lists = try index.search(queries: queries, k: size.count + 5)
      for (row, list) in lists.enumerated() {
        let query = Array(queries[row * size.dimension..<(row + 1) * size.dimension])
        let wanted = scores(similarity, vectors, query)
        #expect(Set(list.map(\.candidate)) == Set(0..<size.count), "k beyond what there is gives everything")
        let largest = wanted.map(abs).max() ?? 0
        for (found, best) in zip(list, wanted.sorted(by: >)) {
          #expect(abs(Double(found.score) - wanted[found.candidate]) <= 1e-4 * max(largest, 1))
          #expect(abs(Double(found.score) - best) <= 1e-4 * max(largest, 1))
        }
        #expect(try index.search(query, k: 7) == Array(list.prefix(7)))
        #expect(try index.search(query, k: 0).isEmpty && index.search(query, k: -1).isEmpty)
      }
    }
  }

  @Test("distances are accurate if all vectors lie far from zero")
  func farFromZero() throws {
    let vectors = Vectors.clustered(500, 8, seed: 3).values.map { $0 + 1000 }
    let query = Array(vectors[80..<88])
    let index = try VectorIndex(vectors: vectors, dimension: 8, similarity: .euclidean)
    let wanted = scores(.euclidean, vectors, query)
    let list = try index.search(query, k: 500)
    #expect(list.first == Neighbour(candidate: 10, score: 0) || abs(list[0].score) < 1e-4)
    #expect(list.allSatisfy { abs(Double($0.score) - wanted[$0.candidate]) < 1e-4 && $0.score <= 0 })
  }

  @Test("gives lists of 10,000 from more and fewer candidates, best first", arguments: [9_000, 12_000])
  func longLists(count: Int) throws {
    let vectors = Vectors.clustered(count, 4, seed: 4).values
    let index = try VectorIndex(vectors: vectors, dimension: 4, similarity: .euclidean)
    let list = try index.search([0.1, 0.2, 0.3, 0.4], k: 10_000)
    #expect(list.count == min(count, 10_000))
    #expect(zip(list, list.dropFirst()).allSatisfy { $0.score >= $1.score })
  }

  @Test(
    "reaches the target recall, measured on queries or on candidates instead",
    arguments: Similarity.allCases, [true, false])
  func recall(similarity: Similarity, asked: Bool) throws {
    let vectors = Vectors.clustered(8000, 16, seed: 5).values
    let queries = Vectors.clustered(400, 16, seed: 6).values
    let index = try VectorIndex(
      vectors: vectors, dimension: 16, similarity: similarity, queries: asked ? queries : nil,
      options: options(.approximate))
    let recall = try #require(index.recall)
    #expect(!index.isExact && recall.k == 10 && recall.target == 0.9)
    #expect(recall.source == (asked ? .queries : .candidates) && recall.share > 0.87 && recall.share <= 1)
    let exact = try VectorIndex(vectors: vectors, dimension: 16, similarity: similarity)
    let others = Vectors.clustered(100, 16, seed: 7).values
    let found = zip(try index.search(queries: others, k: 10), try exact.search(queries: others, k: 10))
      .reduce(0) { $0 + $1.0.count { [list = $1.1] in list.contains($0) } }
    #expect(found > 800, "\(found) of 1000, with the scores of an exact search")
  }

  @Test("counts duplicates and zeros, and never returns non-finite vectors", arguments: Similarity.allCases)
  func odd(similarity: Similarity) throws {
    var vectors = Vectors.clustered(3000, 5, seed: 8).values
    for column in 0..<5 {
      vectors[35 + column] = vectors[20 + column]
      vectors[45 + column] = vectors[20 + column]
      vectors[50 + column] = 0
      vectors[100 + column] = column == 2 ? -0.0 : 0
    }
    vectors[203] = .nan
    vectors[301] = .infinity
    vectors[404] = -.infinity
    let hidden: Set = [40, 60, 80]
    for kind in [VectorIndex.Kind.exact, .approximate] {
      let index = try VectorIndex(
        vectors: vectors, dimension: 5, similarity: similarity, options: options(kind, target: 0.5))
      #expect(index.counts == VectorCounts(duplicates: 3, zeros: 2, absent: 3))
      #expect(index.absent == 3)
      for query in [[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5], [0, 0, 0, 0, 0]] as [[Float]] {
        let list = try index.search(query, k: 3000)
        #expect(list.count == 2997 && list.allSatisfy { !hidden.contains($0.candidate) && $0.score.isFinite })
        if similarity == .cosine { #expect(list.first { $0.candidate == 10 }?.score == 0) }
      }
      #expect(try index.search([1, .nan, 0, 0, 0], k: 5).isEmpty)
      #expect(try index.search([1, .infinity, 0, 0, 0], k: 5).isEmpty)
      let filter = CandidateFilter(including: [39, 40, 41, 60], of: 3000)
      #expect(Set(try index.search([1, 1, 1, 1, 1], k: 5, filter: filter).map(\.candidate)) == [39, 41])
    }
  }

  @Test("returns nothing if no vector is finite", arguments: Similarity.allCases)
  func nothingFinite(similarity: Similarity) throws {
    for kind in [VectorIndex.Kind.exact, .approximate] {
      let index = try VectorIndex(
        vectors: [.nan, 1, 2, .infinity], dimension: 2, similarity: similarity, options: options(kind))
      #expect(index.counts == VectorCounts(duplicates: 0, zeros: 0, absent: 2))
      #expect(try index.search([1, 1], k: 2).isEmpty)
    }
  }

  @Test("vectors whose squared length overflows are found by cosine, but never by distance")
  func huge() throws {
    let vectors: [Float] = [3e38, 3e38, 0x1p-133, 0, -1, 1]
    let cosine = try VectorIndex(vectors: vectors, dimension: 2, similarity: .cosine)
    #expect(try cosine.search([2e38, 2e38], k: 3).map(\.candidate) == [0, 1, 2])
    let near = try VectorIndex(vectors: vectors + [3e38, 3e38], dimension: 2, similarity: .euclidean)
    #expect(try near.search([1, 1], k: 4).allSatisfy { $0.score.isFinite })
  }

  @Test("is the same from a file, whose summary describes it", arguments: Similarity.allCases, [true, false])
  func file(similarity: Similarity, isExact: Bool) throws {
    let scratch = try Scratch()
    var vectors = Vectors.clustered(8000, 12, seed: 9).values
    vectors[60] = .nan
    let index = try VectorIndex(
      vectors: vectors, dimension: 12, similarity: similarity, options: options(isExact ? .exact : .approximate))
    #expect(index.isExact == isExact)
    try index.save(to: scratch.file("index"))
    let opened = try VectorIndex.open(scratch.file("index"))
    #expect(opened.similarity == similarity && opened.isExact == isExact && opened.dimension == 12)
    #expect(opened.counts == index.counts && opened.recall == index.recall && opened.absent == 1)
    let queries = Vectors.clustered(20, 12, seed: 10).values
    #expect(try opened.search(queries: queries, k: 30) == index.search(queries: queries, k: 30))
    #expect(throws: VectorIndexError.self) { try index.save(to: scratch.file("index")) }
    #expect(throws: VectorIndexError.self) { try index.save(to: scratch.file("no/folder")) }
    #expect(throws: VectorIndexError.self) { try VectorIndex.open(scratch.file("nothing")) }
  }

  @Test("a query may use more or fewer probes than the index was tuned to")
  func parameters() throws {
    let vectors = Vectors.clustered(3000, 8, seed: 50)
    var settings = ApproximateIndex.Settings(leaves: 40)
    settings.iterations = 4
    let tuned = ApproximateIndex(vectors, rows: 0..<3000, settings: settings).with(
      .init(reach: 1, reordered: 20, k: 10))
    let index = VectorIndex(
      index: tuned, map: SimilarityMap(.innerProduct, dimension: 8, centre: []), counts: nil, recall: nil)
    let exact = ExactIndex(vectors)
    var found = [0, 0, 0]
    for row in 0..<20 {
      let query = Vectors.clustered(20, 8, seed: 51).row(row)
      let truth = Set(exact.search(query, k: 10).map(\.candidate))
      let choices: [SearchParameters?] = [
        .init(reach: 0, probes: 1, reordered: 10, k: 10), nil, .init(reach: 1_000_000, reordered: 3000, k: 10),
      ]
      for (choice, parameters) in choices.enumerated() {
        found[choice] += try index.search(query, k: 10, parameters: parameters).count { truth.contains($0.candidate) }
      }
    }
    #expect(found[0] < found[1] && found[1] < found[2] && found[2] == 200, "\(found)")
  }

  @Test("irregular vectors are counted alike in memory and in a stream")
  func streamedCounts() {
    let vectors = Vectors.clustered(300, 5, seed: 52)
    for row in [3, 50, 299] { vectors.pointer(row: row).update(from: vectors.pointer(row: 7), count: 5) }
    for row in [0, 20] { vectors.pointer(row: row).update(repeating: 0, count: 5) }
    vectors.pointer(row: 20)[2] = -0.0
    vectors.pointer(row: 100)[4] = .nan
    let counts = VectorCounts(MatrixVectors(vectors), threads: 2)
    #expect(counts == VectorCounts(vectors, threads: 1))
    #expect((counts.duplicates, counts.zeros, counts.absent) == (4, 2, 1))
  }

  @Test("errors are one line with found and expected values")
  func errors() throws {
    func said(_ body: () throws(VectorIndexError) -> Void) -> String {
      do { try body() } catch { return error.description }
      return "nothing"
    }
    let index = try VectorIndex(vectors: [1, 2, 3, 4], dimension: 2)
    #expect(
      said { () throws(VectorIndexError) in _ = try VectorIndex(vectors: [1], dimension: 0) }
        == "the dimension is 0; give 1 to 4096")
    #expect(
      said { () throws(VectorIndexError) in _ = try VectorIndex(vectors: [1, 2, 3], dimension: 2) }
        == "vectors: 3 floats are not a whole number of vectors of 2 dimensions; give all rows, without padding")
    #expect(
      said { () throws(VectorIndexError) in _ = try index.search([1], k: 1) }
        == "a query of 1 dimensions; the index has 2")
    #expect(
      said { () throws(VectorIndexError) in
        _ = try index.search([1, 1], k: 1, filter: CandidateFilter(including: [0], of: 3))
      } == "a filter of 3 candidates; the index has 2, so make the filter of that many")
    var options = VectorIndex.Options()
    options.k = 20_000
    #expect(
      said { () throws(VectorIndexError) in _ = try VectorIndex(vectors: [], dimension: 2, options: options) }
        == "k is 20000; give 1 to 10000")
    #expect(
      said { () throws(VectorIndexError) in _ = try VectorIndex.open("/nowhere/x") }
        == "/nowhere/x: open: no such file or folder")
  }
}
