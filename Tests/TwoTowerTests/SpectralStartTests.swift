import Artifacts
import Kernels
import LinearAlgebra
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("The spectral start of alternating least squares")
struct SpectralStartTests {
  private func start(threads: Int = 1, dimension: Int = 6) -> (rows: Matrix, penalties: [Float], drawn: Matrix) {
    var cases = Cases(21)
    let pairs = cases.pairs(2000, queries: 90, candidates: 60)
    // Row 60 of the candidates has no pair.
    let chosen = SparseMatrix(rowCount: 90, columnCount: 61, rows: pairs.queries, columns: pairs.candidates)
    let transposed = chosen.transposed()
    let penalties = [chosen, transposed].map { $0.rowWeights.map { Float(0.05 * ($0 + 10)) } }
    let drawn = cases.model(queries: 1, candidates: 61, dimension: dimension, scale: 0.3).candidates
    let rows = SpectralStart(
      queries: SpectralStart.Side(chosen: chosen, penalties: penalties[0]),
      candidates: SpectralStart.Side(chosen: transposed, penalties: penalties[1]), threads: threads
    ).candidates(from: drawn, unobservedWeight: 0.2)
    return (rows, penalties[1], drawn)
  }

  @Test("is orthogonal in the units of the penalties, and as long as said")
  func orthogonal() {
    let (rows, penalties, _) = start()
    func product(_ a: Int, _ b: Int, _ scaled: Bool) -> Double {
      (0..<60).reduce(0) {
        $0 + Double(rows.row($1)[a]) * Double(rows.row($1)[b]) * (scaled ? Double(penalties[$1]) : 1)
      }
    }
    for a in 0..<6 {
      for b in 0..<a {
        #expect(abs(product(a, b, true)) < 1e-4 * (product(a, a, true) * product(b, b, true)).squareRoot())
      }
    }
    let eigenvalue = 0.2 * (0..<6).reduce(0) { $0 + product($1, $1, false) } / 6
    let penalty = penalties[..<60].reduce(0) { $0 + Double($1) } / 60
    #expect(abs(eigenvalue - SpectralStart.scale * penalty) < 1e-4 * penalty)
    #expect(rows.row(60).allSatisfy { $0 == 0 }, "nobody chose it")
  }

  @Test("has the same bits on any number of threads, and is finite in more dimensions than the data have")
  func threads() {
    for dimension in [6, 100] {
      let alone = start(dimension: dimension).rows.values
      #expect(alone.allSatisfy { $0.isFinite })
      for threads in [2, 5] { #expect(start(threads: threads, dimension: dimension).rows.values == alone) }
    }
  }

  @Test("is ahead of drawn rows after a sweep, and leaves a warm start alone")
  func training() throws {
    func training(_ startsWithSpectrum: Bool) -> ImplicitALS {
      var cases = Cases(22)
      var settings = ImplicitALS.Settings()
      settings.epochs = 1
      settings.startsWithSpectrum = startsWithSpectrum
      let pairs = cases.trainingPairs(2000, queries: 90, candidates: 60)
      return ImplicitALS(
        cases.model(queries: 91, candidates: 61, dimension: 6, scale: 0.04), queries: pairs.queries.rows,
        candidates: pairs.candidates.rows, weights: nil, settings: settings)
    }
    let (drawn, spectral) = (training(false), training(true))
    let losses = try [drawn, spectral].map { try #require(try $0.train().first).lossPerBatch }
    #expect(losses[1] < losses[0])
    let scratch = try Scratch()
    try drawn.publish(to: scratch.file("state.tandem"), lineage: .none)
    let state = try ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type)
    let (later, warm) = (training(false), training(true))
    for training in [later, warm] {
      _ = try training.warmStart(from: state)
      _ = try training.train()
    }
    #expect(later.result.candidates.values == warm.result.candidates.values)
  }
}
