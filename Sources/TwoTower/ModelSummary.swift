import Artifacts
import DisplayText
import Interactions
import Kernels
import Tables

/// What a person wants to see of a trained model.
package struct ModelSummary {
  let model: Model
  let epochs: [Trainer.Epoch]
  let accuracyAt: [Int]
  /// Training pairs of each candidate row.
  let candidateCounts: [Int]
  let bestEpoch: Int?
  let validationMetric: String
  let facts: [Summary.Item]

  /// - Parameters:
  ///   - epochs: none where nothing was trained by gradients.
  ///   - bestEpoch: from 1, where a validation part chose it.
  ///   - facts: what there is to say of this kind of model.
  package init(
    model: Model, epochs: [Trainer.Epoch], accuracyAt: [Int] = [], candidateCounts: [Int], bestEpoch: Int? = nil,
    validationMetric: String = "", facts: [Summary.Item] = []
  ) {
    self.model = model
    self.epochs = epochs
    self.accuracyAt = accuracyAt
    self.candidateCounts = candidateCounts
    self.bestEpoch = bestEpoch
    self.validationMetric = validationMetric
    self.facts = facts
  }

  package var summary: Summary {
    var items: [Summary.Item] = [
      .fact("dimension", "\(model.dimension)"),
      .fact("query rows", "\(model.queries.rows)"), .fact("candidate rows", "\(model.candidates.rows)"),
    ]
    items += facts + (epochs.isEmpty ? [] : losses) + [norms]
    for (place, k) in accuracyAt.enumerated() {
      items.append(
        .curve(title: "training top-\(k) accuracy", x: "epoch", y: "share", points: epochs.map { $0.accuracies[place] })
      )
    }
    if let bestEpoch {
      items.append(
        .curve(
          title: "validation", x: "epoch", y: "\(validationMetric), seen excluded",
          points: epochs.map { $0.validation ?? .nan }))
      items.append(.fact("best epoch", "\(bestEpoch)"))
    }
    if let neighbours { items.append(neighbours) }
    return Summary(items)
  }

  private var losses: [Summary.Item] {
    let isSoftmax = model.recipe.kind == .softmax
    return [
      .curve(
        title: "training loss", x: "epoch", y: isSoftmax ? "loss, mean over batches of the sum" : "objective",
        points: epochs.map(\.lossPerBatch)),
      .curve(
        title: "training loss per pair", x: "epoch", y: isSoftmax ? "nats" : "objective",
        points: epochs.map(\.lossPerPair)),
    ]
  }

  private var norms: Summary.Item {
    let rows = [("query", model.queries), ("candidate", model.candidates)].map { name, table in
      let norms = (1..<max(table.rows, 2)).map { row in
        row < table.rows ? table.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot() : 0
      }.sorted()
      return [name] + [norms[0], norms[norms.count / 2], norms[norms.count - 1]].map { decimals(Double($0), 4) }
    }
    return .table(title: "embedding norms", columns: ["tower", "least", "median", "greatest"], rows: rows)
  }

  /// The candidates nearest to the one that training saw most, by cosine.
  private var neighbours: Summary.Item? {
    let counts = candidateCounts
    guard model.candidates.rows > 2, let best = counts.indices.dropFirst().max(by: { counts[$0] < counts[$1] }) else {
      return nil
    }
    func vector(_ row: Int) -> [Float] {
      let vector = model.candidates.row(row)
      let norm = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), .leastNormalMagnitude)
      return vector.map { $0 / norm }
    }
    let own = vector(best)
    let cosines = (1..<model.candidates.rows).map { zip(vector($0), own).reduce(0) { $0 + $1.0 * $1.1 } }
    let order = cosines.indices.filter { $0 != best - 1 }.sorted { (cosines[$1], $0) < (cosines[$0], $1) }
    let names = model.vocabularies.candidate.values
    return .list(
      title: "nearest to \"\(names[best - 1])\", the most frequent candidate, by cosine",
      items: order.prefix(5).map { "\(decimals(Double(cosines[$0]), 3))  \(names[$0])" })
  }
}
