import Artifacts
import Interactions
import Kernels
import Tables
import TestKit
import Testing

@testable import TwoTower

@Suite("Training of the next candidate")
struct NextItemTests {
  private static let candidateCount = 12
  private static let vocabularies = {
    var cases = Cases(1)
    return cases.model(queries: 31, candidates: candidateCount + 1, dimension: 2).vocabularies
  }()

  /// Queries that go round the candidates from a place of their own on; the last one chose once.
  private static let pairs: (queries: [EmbeddingRow], candidates: [EmbeddingRow]) = {
    var (queries, candidates) = ([EmbeddingRow](), [EmbeddingRow]())
    for query in 1...30 {
      for choice in 0..<(query == 30 ? 1 : 8) {
        queries.append(EmbeddingRow(index: query))
        candidates.append(EmbeddingRow(index: 1 + (query + choice) % candidateCount))
      }
    }
    return (queries, candidates)
  }()

  private func training(threads: Int = 1, epochs: Int = 30) throws -> NextItemTraining {
    var settings = NextItemTraining.Settings()
    settings.bags = [HistoryBag(decay: 0.5, last: 3), HistoryBag(decay: nil, last: 5)]
    settings.length.epochs = epochs
    settings.batchSize = 50
    settings.learningRate = 0.05
    settings.threads = threads
    return try NextItemTraining(
      Self.vocabularies, pairs: TrainingPairs(queries: Self.pairs.queries, candidates: Self.pairs.candidates),
      times: Self.pairs.queries.indices.map { Double($0) }, dimension: 8, settings: settings)
  }

  @Test("learns what follows what, and answers known queries by the vectors of their histories")
  func learns() throws {
    let training = try training()
    let epochs = try training.train()
    #expect(training.pairCount == 29 * 7)
    #expect(epochs[29].lossPerPair < 0.5 * epochs[0].lossPerPair)
    let model = training.result
    let foldIn = FoldIn(model)
    #expect(foldIn.newest == 5)
    for first in 0..<Self.candidateCount {
      let history = (0..<4).map { CandidateNumber((first + $0) % Self.candidateCount) }
      let vector = foldIn.vectors(for: [history], threads: 1)
      let scores = (1...Self.candidateCount).map { vector.dot(row: 0, with: model.candidates, row: $0) }
      #expect(scores.indices.max { scores[$0] < scores[$1] } == (first + 4) % Self.candidateCount)
    }
    for query in 1...30 {
      let history = zip(Self.pairs.queries, Self.pairs.candidates).filter { $0.0.index == query }
        .compactMap { $0.1.number() as CandidateNumber? }
      let vector = foldIn.vectors(for: [history], threads: 1).row(0)
      for (value, own) in zip(vector, model.queries.row(query)) { #expect(abs(value - own) < 1e-5) }
    }
  }

  @Test("reads a history in its order, repeats included")
  func order() throws {
    let training = try training(epochs: 3)
    _ = try training.train()
    let foldIn = FoldIn(training.result)
    let histories = [[1, 2, 3], [3, 2, 1], [1, 2, 3, 3]].map { $0.map { CandidateNumber($0) } }
    let vectors = foldIn.vectors(for: histories, threads: 2)
    #expect(Set((0..<3).map { vectors.row($0) }).count == 3)
  }

  @Test(
    "explains a score by what each candidate of the history adds to it, at unit length or not",
    arguments: [true, false])
  func contributions(isUnit: Bool) throws {
    var cases = Cases(11)
    let drawn = cases.model(queries: 2, candidates: 13, dimension: 8)
    let tables = (0..<2).map { _ in cases.model(queries: 2, candidates: 13, dimension: 8).candidates }
    var recipe = Recipe(isUnit ? NextItemRecipe(temperature: 0.2) : SoftmaxRecipe())
    recipe.history = [HistoryBag(decay: 0.5, last: 3), HistoryBag(decay: nil, last: 5)]
    let plain = Model(
      vocabularies: drawn.vocabularies, queries: drawn.queries, candidates: drawn.candidates, historyTables: tables,
      recipe: recipe)
    let model = plain.addingBias(counts: (0..<13).map { Double($0) }, weight: 1)
    let foldIn = FoldIn(model)
    func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    for length in 1...9 {
      let history = (0..<length).map { _ in CandidateNumber(cases.number(below: 12)) }
      let vector = foldIn.vectors(for: [history], threads: 1).row(0)
      let candidate = model.candidates.row(1 + cases.number(below: 12))
      let terms = foldIn.contributions(of: history, to: candidate)
      #expect(terms.map(\.candidate) == Set(history.suffix(5)).sorted(), "what no bag reads is left out")
      let bias = vector[8] * candidate[8]
      #expect(abs(terms.reduce(bias) { $0 + $1.value } - product(vector, candidate)) < 2e-6 * Float(length))
      // A bag's weight times its table's row, choice by choice.
      let read = min(length, 5)
      var shares = [CandidateNumber: [Float]]()
      for (age, choice) in history.reversed().prefix(5).enumerated() {
        let row = Int(choice.value) + 1
        let decayed: Float = age < 3 ? [1, 0.5, 0.25][age] : 0
        let share = zip(tables[0].row(row), tables[1].row(row)).map { decayed * $0 + $1 / Float(read).squareRoot() }
        shares[choice] = zip(shares[choice] ?? [Float](repeating: 0, count: 8), share).map(+)
      }
      let sum = shares.values.reduce([Float](repeating: 0, count: 8)) { zip($0, $1).map(+) }
      let size = isUnit ? product(sum, sum).squareRoot() : 1
      for term in terms {
        let expected = product(shares[term.candidate] ?? [], candidate) / size
        #expect(abs(term.value - expected) < 1e-5, "\(term) \(expected)")
      }
    }
  }

  @Test("gives the same bits on any number of threads, and after a stop in the middle of an epoch")
  func sameBits() throws {
    let scratch = try Scratch()
    let undisturbed = try training(epochs: 3)
    _ = try undisturbed.train()
    let shared = try training(threads: 4, epochs: 3)
    _ = try shared.train()
    let state = try training(epochs: 3).stateWhenKilled(at: 7, scratch.file("state.tandem"))
    let later = try training(epochs: 3)
    try later.resume(from: state)
    _ = try later.train()
    for other in [shared, later] {
      #expect(other.result.queries.values == undisturbed.result.queries.values)
      #expect(other.result.candidates.values == undisturbed.result.candidates.values)
      #expect(other.result.historyTables.map(\.values) == undisturbed.result.historyTables.map(\.values))
    }
  }

  @Test("starts warm, and its model comes back from its file with the tables of histories")
  func files() throws {
    let scratch = try Scratch()
    let earlier = try training(epochs: 2)
    _ = try earlier.train()
    try earlier.publish(to: scratch.file("state.tandem"), lineage: .none)
    let later = try training()
    let warm = try later.warmStart(from: ArtifactFile(path: scratch.file("state.tandem"), type: TrainingState.type))
    #expect(warm.candidates == (12, 12))
    #expect(later.current.queries.values == earlier.current.queries.values)
    let model = earlier.result.addingBias(counts: (0..<13).map { Double($0) }, weight: 1)
    try model.publish(to: scratch.file("model.tandem"), lineage: .none, summary: Summary([]))
    let read = try Model(ArtifactFile(path: scratch.file("model.tandem"), type: Model.type))
    #expect(read.recipe == model.recipe && read.recipe.history == earlier.settings.bags)
    #expect(read.historyTables.map(\.values) == model.historyTables.map(\.values))
    let history = [[CandidateNumber(3), CandidateNumber(5)]]
    #expect(
      FoldIn(read).vectors(for: history, threads: 1).row(0) == FoldIn(model).vectors(for: history, threads: 1).row(0))
  }

  @Test("never sees what it predicts: later choices change no position before them")
  func noLeak() {
    func sequences(_ last: Int32) -> ChosenSequences {
      ChosenSequences(
        queries: [1, 1, 1].rows, candidates: [4, 7, last].rows, times: [1, 2, 3], queryCount: 1)
    }
    var cases = Cases(5)
    let table = cases.model(queries: 2, candidates: 9, dimension: 4).candidates
    let vectors = ([2, 7] as [Int32]).map {
      HistoryTower([.newest], tables: [table], sequences: sequences($0)).allVectors(threads: 1)
    }
    for position in 0...2 { #expect(vectors[0].row(1 + position) == vectors[1].row(1 + position)) }
    #expect(vectors[0].row(4) != vectors[1].row(4))
  }

  @Test("refuses data in which nobody chose twice")
  func oneEvent() {
    let rows = ([1, 2, 3] as [Int32]).rows
    #expect(throws: DataError.self) {
      _ = try NextItemTraining(
        Self.vocabularies, pairs: TrainingPairs(queries: rows, candidates: rows), times: [1, 2, 3], dimension: 4,
        settings: NextItemTraining.Settings())
    }
  }

  @Test("an item-to-item model reads a history by its queries, weighted by how new they are")
  func itemToItem() throws {
    var cases = Cases(8)
    let drawn = cases.model(queries: 4, candidates: 5, dimension: 3)
    let names = drawn.vocabularies.candidate.values
    // Candidate 2 was never a query.
    let model = Model(
      vocabularies: Vocabularies(
        query: Vocabulary(column: "previous_title", values: names.selecting([0, 1, 3]), counts: [1, 1, 1]),
        candidate: drawn.vocabularies.candidate), queries: drawn.queries, candidates: drawn.candidates)
    let reading = try model.reading(HistoryBag(decay: 0.5, last: 2))
    let vector = FoldIn(reading).vectors(for: [[1, 0, 3].map { CandidateNumber($0) }], threads: 1).row(0)
    let (newest, before) = (drawn.queries.row(3), drawn.queries.row(1))
    for (value, parts) in zip(vector, zip(newest, before)) { #expect(abs(value - parts.0 - 0.5 * parts.1) < 1e-6) }
    let alone = FoldIn(reading).vectors(for: [[CandidateNumber(2)]], threads: 1).row(0)
    #expect(alone == FoldIn(model).vectors(for: [[CandidateNumber(2)]], threads: 1).row(0))
    #expect(throws: TwoTowerError.self) { _ = try drawn.reading(.newest) }
  }
}
