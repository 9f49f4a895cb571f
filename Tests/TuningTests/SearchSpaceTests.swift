import CanonicalJSON
import ModelTraining
import Testing

@testable import Tuning

@Suite("Trials of a search")
struct SearchSpaceTests {
  @Test(
    "every family starts from its own defaults, and all its params are params of train", arguments: FamilyName.allCases)
  func accepted(family: FamilyName) throws {
    let draws = TrialParams.draws(8, [family], hasTimes: true, seed: 42)
    #expect(draws[0].params == family.family.start)
    for draw in draws { _ = try Trial(draw, checkpoints: family.family.checkpoints, seed: 1) }
    #expect(Set(draws.map(\.description)).count == 8)
  }

  @Test("families take turns, and the first trials of a longer search are those of a shorter one")
  func turns() {
    let draws = TrialParams.draws(9, FamilyName.allCases, seed: 42)
    #expect(draws.prefix(FamilyName.allCases.count).map(\.family) == FamilyName.allCases)
    #expect(Array(TrialParams.draws(20, FamilyName.allCases, seed: 42).prefix(9)) == draws)
    #expect(TrialParams.draws(9, FamilyName.allCases, seed: 43) != draws)
  }

  @Test("params that go by times are left out where there are none, and nothing else")
  func times() {
    let (with, without) = (
      TrialParams.draws(12, FamilyName.allCases, hasTimes: true, seed: 42),
      TrialParams.draws(12, FamilyName.allCases, seed: 42)
    )
    #expect(with.contains { ($0.params["segment-length"]?.integer ?? 0) > 0 })
    for (timed, plain) in zip(with, without) {
      #expect(timed.params.filter { $0.key != "segment-length" } == plain.params)
      #expect(plain.params["segment-length"] == nil)
    }
  }

  @Test("points are spread evenly: each half of each axis has about half of them")
  func spread() {
    let points = HaltonSequence(axes: 3, seed: 7, stream: "test")
    let drawn = (0..<60).map { points[$0] }
    #expect(drawn.allSatisfy { $0.allSatisfy { 0..<1 ~= $0 } })
    for axis in 0..<3 { #expect(27...33 ~= drawn.count { $0[axis] < 0.5 }) }
    #expect([1, 2, 3, 4].map { HaltonSequence.radicalInverse($0, 2) } == [0.5, 0.25, 0.75, 0.125])
  }

  @Test("numbers lie between their bounds, to three digits, on a logarithmic scale")
  func logarithmic() {
    #expect(Axis.logarithmic(0, 0.01, 1) == .number(0.01))
    #expect(Axis.logarithmic(0.5, 0.01, 1) == .number(0.1))
    #expect(Axis.rounded(0.123456) == 0.123)
    #expect(Axis.rounded(12.3456) == 12.3)
  }
}

@Suite("The rounds of a search")
struct RungTests {
  private let trials = TrialParams.draws(27, FamilyName.allCases, seed: 42)

  @Test("each keep a third of the trials, until at most three are left")
  func survivors() {
    #expect(Rung.survivors(of: 27) == [27, 9, 3])
    #expect(Rung.survivors(of: 10) == [10, 4, 2])
    #expect(Rung.survivors(of: 1) == [1])
  }

  @Test("use all of small data, and one more held-out part each")
  func small() {
    let size = DataSize(queries: 900, candidates: 1600, pairs: 80_000)
    let rungs = Rung.plan(trials, size, held: 8000, hasFolds: true)
    #expect(rungs.map(\.share) == [1, 1, 1])
    #expect(rungs.map(\.folds) == [1, 2, 3])
    #expect(Rung.plan(trials, size, held: 8000, hasFolds: false).map(\.folds) == [1, 1, 1])
  }

  @Test("use samples of large data within the cost of a search, with enough pairs to judge by")
  func large() {
    let size = DataSize(queries: 30_000, candidates: 41_000, pairs: 810_000)
    let rungs = Rung.plan(trials, size, held: 81_000, hasFolds: true)
    #expect(rungs.map(\.trials) == [27, 9, 3])
    #expect(rungs[0].share < rungs[1].share && rungs[1].share < rungs[2].share)
    #expect(rungs.allSatisfy { $0.share * 81_000 >= Rung.heldPairs * 0.999 })
    let cost = rungs.reduce(0) { $0 + $1.operations(among: trials, size) }
    #expect(cost < 2 * Rung.operations)
  }

  @Test("reach at least one checkpoint, and half of them in the first round")
  func checkpoints() {
    let rung = Rung(trials: 27, share: 1, folds: 1, checkpointShare: 0.5)
    #expect(rung.checkpoints([10, 20, 30, 40, 60]) == [10, 20, 30])
    #expect(rung.checkpoints([5]) == [5])
  }
}
