import BasicAlgorithms
import Interactions
import Kernels
import Tables
import TwoTower

/// The queries to which a servable gives vectors of their own: those of the model, others with a history, from which
/// they are folded in (`FoldIn`), and others that are described, by their features.
struct KnownQueries: Sendable {
  /// The names, sorted by bytes.
  let names: Strings
  /// A row for each name, and row 0 for unknown queries.
  let table: EmbeddingTable
  /// The vectors or inputs that contexts are added to, likewise, for a query tower with context; zeros for folded-in queries.
  let contextInputs: EmbeddingTable?
  /// The history of each: sorted distinct candidates.
  let history: Histories
  /// The newest candidates of each history in their order, as many as count; `nil` where order does not count.
  let inOrder: Histories?
  /// The sorted numbers of folded-in queries.
  let folded: [UInt32]
  /// The sorted numbers of queries by their features.
  let described: [UInt32]

  /// The number of queries that are folded in at once.
  private static let blockSize = 4096

  /// Concatenated lists of candidates: list i is `candidates[starts[i]..<starts[i + 1]]`.
  struct Histories: Sendable {
    fileprivate(set) var starts: [UInt64] = [0]
    fileprivate(set) var candidates: [UInt32] = []

    subscript(list: Int) -> ArraySlice<UInt32> { candidates[Int(starts[list])..<Int(starts[list + 1])] }

    mutating func append(_ list: some Sequence<UInt32>) {
      candidates.append(contentsOf: list)
      starts.append(UInt64(candidates.count))
    }
  }

  /// - Parameters:
  ///   - queries, candidates: the model's tables.
  ///   - historyTables: of the bags of the recipe's history.
  ///   - seen: interactions of queries, in training or not.
  ///   - context: what contexts are added to in the model's table, and the tower, if it reads the context.
  ///   - users: described users, if the model reads features of queries.
  ///   - say: logs a line about work that may take long.
  ///   - progress: called with the number of folded-in queries and their total.
  init(
    _ known: Vocabularies, _ recipe: Recipe, queries: EmbeddingTable, candidates: EmbeddingTable,
    historyTables: [Matrix], context: (inputs: EmbeddingTable, towers: ContextualQueries)? = nil,
    seen: Interactions, users: DescribedUsers?, threads: Int, say: (String) -> Void,
    progress: (_ done: Int, _ all: Int) -> Void
  ) throws {
    let newest = recipe.history.map(\.last).max()
    let (others, otherHistories, inOrder) = try Self.histories(of: seen, known, newest: newest)
    let read = inOrder ?? otherHistories
    let places = others.places(in: known.query.values)
    // What `seen` knows may be newer than the training.
    let isReadAnew = recipe.method is NextItemRecipe
    let withHistory = others.indices.filter { (places[$0] < 0 || isReadAnew) && !otherHistories[$0].isEmpty }
    let strangers = Strangers(
      withHistory: withHistory, of: others, users: users, known: known.query.values)
    let merged = MergedQueries(
      known.query.values, strangers, others: others, histories: otherHistories, inOrder: inOrder)
    (names, history, self.inOrder) = (merged.names, merged.history, merged.inOrder)
    (folded, described) = (merged.folded, merged.described)
    guard strangers.names.count > 0 else {
      (table, contextInputs) = (queries, context?.inputs)
      return
    }
    let vectors = Matrix(rows: strangers.names.count, columns: candidates.columns)
    if !folded.isEmpty {
      say(
        isReadAnew
          ? "\(folded.count) queries are answered by what they chose"
          : "\(folded.count) queries without training pairs are folded in from what they chose")
      let foldIn = FoldIn(
        candidateTable: candidates.gather(Array(0..<known.candidate.rows)), recipe: recipe,
        counts: known.candidate.counts, historyTables: historyTables)
      Self.fold(strangers.rowsByHistory, read, by: foldIn, into: vectors, threads: threads, progress)
    }
    if let users, !described.isEmpty {
      say("\(described.count) queries that chose nothing are answered by their features")
      let rows = strangers.rowsByFeatures
      let found = users.vectors(of: rows.map(\.place), threads: threads)
      for (place, row) in rows.enumerated() { vectors.copy(row: place, of: found, to: row.row) }
    }
    let rows = [EmbeddingRow.unknown.index] + merged.rows
    table = .merged(queries, folded: vectors, rows: rows)
    contextInputs = context.map { context in
      .merged(
        context.inputs, folded: Self.inputs(of: strangers, users, context.towers, columns: context.inputs.columns),
        rows: rows)
    }
  }

  /// The vectors or inputs that contexts are added to, of queries that the model does not know.
  private static func inputs(
    of strangers: Strangers, _ users: DescribedUsers?, _ towers: ContextualQueries, columns: Int
  ) -> Matrix {
    let inputs = Matrix(rows: strangers.names.count, columns: columns)
    let rows = strangers.rowsByFeatures
    guard let found = users?.inputs(of: rows.map(\.place), towers) else { return inputs }
    for (place, row) in rows.enumerated() { inputs.copy(row: place, of: found, to: row.row) }
    return inputs
  }

  /// Folds histories in, and writes their vectors.
  ///
  /// - Parameter rows: of the vectors, each with the place of its history.
  private static func fold(
    _ rows: [(row: Int, place: Int)], _ histories: Histories, by foldIn: FoldIn, into vectors: Matrix, threads: Int,
    _ progress: (_ done: Int, _ all: Int) -> Void
  ) {
    progress(0, rows.count)
    for start in stride(from: 0, to: rows.count, by: blockSize) {
      let block = rows[start..<min(start + blockSize, rows.count)]
      let found = foldIn.vectors(
        for: block.map { histories[$0.place].map { CandidateNumber($0) } }, threads: threads)
      for (place, row) in block.enumerated() { vectors.copy(row: place, of: found, to: row.row) }
      progress(block.endIndex, rows.count)
    }
  }

  /// Returns the sorted names in `seen` with the distinct candidates of each that the model has, and where order counts
  /// the newest of them in order.
  ///
  /// Item-to-item models recommend the items that followed a query in training, so the only seen item is the
  /// query itself.
  ///
  /// - Parameter newest: how many of them count in their order; `nil` where order does not count.
  private static func histories(
    of seen: Interactions, _ known: Vocabularies, newest: Int?
  ) throws -> (Strings, Histories, inOrder: Histories?) {
    var histories = Histories()
    guard !seen.isItemToItem(queryColumn: known.query.column) else {
      let names = known.candidate.values
      for candidate in 0..<names.count { histories.append([UInt32(candidate)]) }
      return (names, histories, newest.map { _ in histories })
    }
    let (queries, candidates) = (try seen.text(known.query.column), try seen.text(known.candidate.column))
    let rows = candidates.dictionary.places(in: known.candidate.values)
    let order = try newest == nil ? nil : seen.oldestFirst()
    let chosen = Grouping<UInt32>(count: queries.dictionary.count) { take in
      for place in 0..<seen.count {
        let row = order?[place] ?? place
        let candidate = rows[Int(candidates.codes[row])]
        if candidate >= 0 { take(Int(queries.codes[row]), UInt32(candidate)) }
      }
    }
    var inOrder = newest.map { _ in Histories() }
    if let newest { for candidates in chosen { inOrder?.append(candidates.suffix(newest)) } }
    for candidates in chosen {
      var last: UInt32?
      histories.append(
        candidates.sorted().filter { value in
          defer { last = value }
          return value != last
        })
    }
    return (queries.dictionary, histories, inOrder)
  }
}
