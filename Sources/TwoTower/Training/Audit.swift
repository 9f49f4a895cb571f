import Artifacts
import DisplayText
import Interactions
import Kernels
import Tables

/// The scores of a few pairs of a training's first batch, before and after each correction, against their best
/// negatives: the effect of the options, in numbers.
package struct Audit {
  static let pairs = 3
  static let negatives = 5

  package let lines: [String]

  package init(_ trainer: Trainer) throws {
    let prepared = try trainer.batch(0)
    let (batch, objective) = (prepared.batch, trainer.settings.objective)
    let vectors = trainer.vectors(of: batch, temperature: 1)
    let (queries, candidates) = (vectors[0].matrix, vectors[1].matrix)
    let corrections =
      objective.negatives == .all
      ? nil : trainer.probabilities?.corrections(of: batch, uniform: objective.uniformNegatives)
    let names = trainer.vocabularies
    func name(_ vocabulary: Vocabulary, _ row: EmbeddingRow) -> String {
      row.isKnown ? vocabulary[row: Int(row.index)] : "(unknown)"
    }
    var lines: [String] = []
    let (queryNames, candidateNames) = (names.query, names.candidate)
    for query in batch.queries.rows.indices.prefix(Self.pairs) {
      let own = Int(batch.queries.partners[batch.queries.starts[query]])
      let chosen = prepared.positives.map { Set($0.ofQueries.row(query)) } ?? []
      let columns = batch.candidates.rows.indices.map { column in
        Column(
          column, product: queries.dot(row: query, with: candidates, row: column),
          temperature: objective.temperature, correction: corrections?[column] ?? 0,
          copies: objective.negatives == .all ? 1 : Int(batch.candidates.counts[column]), isOwn: column == own,
          isMasked: column != own && chosen.contains(Int32(column)),
          removesAccidentalHits: objective.removesAccidentalHits || objective.masksPositives)
      }
      let row = batch.queries.rows[query]
      lines.append(
        "audit: \(name(queryNames, trainer.queriesInContext?.query(row) ?? row)) and "
          + "\"\(name(candidateNames, batch.candidates.rows[own]))\" in a batch of \(batch.count) pairs")
      let best = columns.filter { $0.column != own }.sorted { ($1.corrected, $0.column) < ($0.corrected, $1.column) }
      let rows = ([columns[own]] + best.prefix(Self.negatives)).map { column in
        [name(candidateNames, batch.candidates.rows[column.column])] + column.cells
      }
      lines += alignedColumns([["candidate", "dot", "/ temperature", "+ logQ", "copies", "in the softmax"]] + rows)
        .map { "audit:   \($0)" }
    }
    self.lines = lines
  }

  private struct Column {
    let column: Int
    let corrected: Float
    let cells: [String]

    init(
      _ column: Int, product: Float, temperature: Float, correction: Float, copies: Int, isOwn: Bool, isMasked: Bool,
      removesAccidentalHits: Bool
    ) {
      self.column = column
      corrected = product / temperature + correction
      let counted = isMasked ? 0 : isOwn && removesAccidentalHits ? 1 : copies
      cells =
        [product, product / temperature, corrected].map { decimals(Double($0), 4) } + ["\(copies)"] + [
          isMasked ? "no: the query chose it" : isOwn ? "its own, \(counted) times" : "\(counted) times"
        ]
    }
  }
}
