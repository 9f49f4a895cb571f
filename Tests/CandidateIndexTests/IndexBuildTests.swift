import Artifacts
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Building an index by a recipe")
struct IndexBuildTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func vectors(_ count: Int, seed: UInt64) -> MatrixVectors {
    MatrixVectors(Vectors.clustered(count, 16, seed: seed))
  }

  private func recipe(_ kind: IndexRecipe.Kind, target: Double = 0.9, threads: Int = 2) -> IndexRecipe {
    var recipe = IndexRecipe()
    (recipe.kind, recipe.k, recipe.targetRecall, recipe.proofQueries) = (kind, 10, target, 100)
    recipe.threads = threads
    return recipe
  }

  /// Builds and publishes, and gives the reason for the kind and the artifact.
  private func build(
    _ candidates: MatrixVectors, queries: MatrixVectors, _ recipe: IndexRecipe, as name: String = "index"
  ) throws -> (IndexBuild, ArtifactFile) {
    let build = try IndexBuild(candidates, queries: queries, recipe: recipe, path: scratch.file(name))
    try build.publish(lineage: .none)
    return (build, try ArtifactFile(path: scratch.file(name), type: IndexFile.type))
  }

  private func facts(_ file: ArtifactFile) -> [String: String] {
    file.header.summary.items.reduce(into: [:]) { facts, item in
      if case .fact(let name, let text) = item { facts[name] = text }
    }
  }

  @Test("gives an exact index on request, with a prefilter on request or for many candidates")
  func exact() throws {
    for (prefiltered, expected) in [(nil, false), (false, false), (true, true)] as [(Bool?, Bool)] {
      var recipe = recipe(.exact)
      recipe.prefiltered = prefiltered
      let (build, file) = try build(
        vectors(300, seed: 1), queries: vectors(5, seed: 2), recipe, as: "\(prefiltered as Any)")
      #expect(build.why == "exact as asked" && build.times == nil)
      let index = try #require(try IndexFile.open(file) as? ExactIndex)
      #expect(index.hasPrefilter == expected && index.count == 300)
    }
  }

  @Test("counts candidates, duplicates, zeros and unreachable candidates in the summary")
  func summary() throws {
    let matrix = Vectors.clustered(50, 16, seed: 1)
    matrix.pointer(row: 7).update(from: matrix.pointer(row: 3), count: 16)
    matrix.pointer(row: 9).update(repeating: 0, count: 16)
    let (_, file) = try build(MatrixVectors(matrix), queries: vectors(5, seed: 2), recipe(.auto))
    let facts = facts(file)
    #expect(facts["kind"] == "exact" && facts["why"] == "exact: there are fewer than 20000 candidates")
    #expect(facts["candidates"] == "50" && facts["dimension"] == "16")
    #expect(
      facts["duplicates"] == "1" && facts["zero vectors"] == "1" && facts["candidates that cannot be found"] == "0")
  }

  @Test("tries an approximate index only if an exhaustive search of many candidates is slow")
  func reasons() {
    let auto = recipe(.auto)
    #expect(auto.reasonForExact(count: 19_999, dimension: 4096) == "exact: there are fewer than 20000 candidates")
    #expect(
      auto.reasonForExact(count: 20_000, dimension: 16)
        == "exact: a query is expected to take 30 µs, at most 100 are fast")
    #expect(auto.reasonForExact(count: 1_000_000, dimension: 16) == nil)
    #expect(recipe(.approximate).reasonForExact(count: 1, dimension: 1) == nil)
  }

  @Test("gives an exact index if recall cannot be measured")
  func tooFew() throws {
    let why = "exact: there are too few queries to measure recall with"
    #expect(
      try build(vectors(300, seed: 1), queries: vectors(1, seed: 2), recipe(.approximate), as: "one").0.why == why)
    #expect(try build(vectors(0, seed: 1), queries: vectors(9, seed: 2), recipe(.approximate), as: "none").0.why == why)
  }

  @Test("gives an exact index without traces of the trial if no approximate search is cheaper")
  func unreached() throws {
    let (build, file) = try build(vectors(100, seed: 1), queries: vectors(40, seed: 2), recipe(.approximate))
    #expect(build.why == "exact: no approximate search reaches recall@10 0.9 at less than its cost")
    #expect(try IndexFile.open(file).isExact)
    #expect(scratch.names == ["index"])
  }

  @Test("gives an approximate index with a certificate, and the same bytes on any number of threads")
  func approximate() throws {
    let (candidates, queries) = (vectors(8000, seed: 3), vectors(400, seed: 4))
    let (build, file) = try build(candidates, queries: queries, recipe(.approximate, threads: 1), as: "one")
    #expect(build.why.hasPrefix("approximate, recall@10 0.9") && build.times?.hasPrefix("built in ") == true)
    let index = try IndexFile.open(file)
    let facts = facts(file)
    #expect(index.parameters?.k == 10 && facts["asked"] == "0.9000" && facts["leaves"] != nil)
    #expect(file.header.summary.highlights.count == 1)
    _ = try self.build(candidates, queries: queries, recipe(.approximate, threads: 3), as: "three")
    #expect(try Files.read(scratch.file("one")) == Files.read(scratch.file("three")))
  }
}
