import Artifacts
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import TwoTower

@Suite("Training pairs")
struct TrainingPairsTests {
  private func drawn(_ count: Int, weighted: Bool) -> DrawnPairs {
    var cases = Cases(31)
    var pairs = cases.trainingPairs(count, queries: 40, candidates: 30)
    if weighted { pairs.weights = (0..<count).map { _ in Float(cases.number(below: 9)) } }
    return pairs
  }

  private func collected(_ pairs: DrawnPairs, memory: Int, folder: String) throws -> TrainingPairs {
    var collector = PairCollector(isWeighted: pairs.weights != nil, memory: memory, folder: folder)
    for place in 0..<pairs.count {
      try collector.append(
        Pair(query: pairs.queries.rows[place], candidate: pairs.candidates.rows[place]),
        weight: pairs.weights?[place] ?? 1)
    }
    return collector.finish()
  }

  @Test(
    "are read back as they were collected, in memory and from a scratch file, which is removed",
    arguments: [false, true])
  func collecting(weighted: Bool) throws {
    let scratch = try Scratch()
    for count in [0, 1, 99, 100, 101, 250, 1000] {
      let wanted = drawn(count, weighted: weighted)
      for memory in [12, 1200, 1 << 20] {
        let pairs = try collected(wanted, memory: memory, folder: scratch.path)
        #expect((pairs.resident == nil) == (count >= memory / (weighted ? 12 : 8)))
        let (queries, candidates, weights) = (try pairs.queries, try pairs.candidates, try pairs.weights)
        #expect(pairs.count == count && queries == wanted.queries.rows)
        #expect(candidates == wanted.candidates.rows && weights == wanted.weights)
        #expect(pairs.candidateCounts(rows: 30) == (0..<30).map { row in wanted.candidates.count { $0 == row } })
        let queriesOf = Dictionary(grouping: wanted.queries.indices) { wanted.candidates[$0] }
          .mapValues { Set($0.map { wanted.queries[$0] }).count }
        #expect(try pairs.queryCounts(rows: 30, memory: memory) == (0..<30).map { queriesOf[$0] ?? 0 })
      }
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("an order, drawn or computed, has every pair once and gives each pair's place", arguments: [0, 1 << 20])
  func orders(drawnPairs: Int) {
    let order = PairOrder(count: 777, seed: 3, epoch: 1, drawnPairs: drawnPairs)
    #expect((0..<777).map { order[$0] }.sorted() == Array(0..<777))
    let place = order.places()
    #expect((0..<777).allSatisfy { order[place($0)] == $0 })
  }

  @Test("groups in a scratch file give the same places as in memory", arguments: [0, 1 << 20], [false, true])
  func groups(drawnPairs: Int, weighted: Bool) throws {
    let scratch = try Scratch()
    let wanted = drawn(5000, weighted: weighted)
    let order = PairOrder(count: 5000, seed: 3, epoch: 0, drawnPairs: drawnPairs)
    let resident = wanted.training
    let spilled = try collected(wanted, memory: 12, folder: scratch.path)
    var shuffled = ShuffledPairs.resident(order)
    for (batchSize, groupPairs) in [(64, 100), (300, 1000), (5000, 1), (7, 1 << 20)] {
      var groups = try GroupedPairs(
        spilled, order: order, batchSize: batchSize, folder: scratch.path, groupPairs: groupPairs)
      for start in stride(from: 0, to: 5000, by: batchSize) {
        let range = start..<min(start + batchSize, 5000)
        let (there, here) = (try groups.read(range), try shuffled.read(range, of: resident))
        #expect(
          Array(there.pairs) == Array(here.pairs) && there.weights.map { Array($0) } == here.weights.map { Array($0) })
      }
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("training gives the same bits with pairs in memory and in a scratch file, shuffled once or every epoch")
  func training() throws {
    let scratch = try Scratch()
    let wanted = drawn(700, weighted: true)
    for reshuffles in [false, true] {
      let tables = try [12, 1 << 20].map { memory in
        var cases = Cases(5)
        let model = cases.model(queries: 40, candidates: 30, dimension: 8)
        var settings = Trainer.Settings()
        settings.batchSize = 90
        settings.reshuffles = reshuffles
        settings.objective.masksPositives = true
        settings.scratchFolder = scratch.path
        let trainer = Trainer(
          model, pairs: try collected(wanted, memory: memory, folder: scratch.path), settings: settings)
        _ = try trainer.train()
        return model.queries.values
      }
      #expect(tables[0] == tables[1])
    }
  }

  @Test("an error names the folder that cannot be created")
  func noFolder() {
    #expect(throws: FileError.self) {
      try collected(drawn(10, weighted: false), memory: 8, folder: "/dev/null/nowhere")
    }
  }
}
