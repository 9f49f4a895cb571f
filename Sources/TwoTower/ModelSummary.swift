package import Artifacts
import DisplayText
import Features
import Interactions
import Kernels
import Tables

/// A summary of a trained model for people.
package struct ModelSummary {
  let model: Model
  let epochs: [TrainingEpoch]
  let accuracyAt: [Int]
  /// Training pairs of each candidate row.
  let candidateCounts: [Int]
  let bestEpoch: Int?
  let validationMetric: String
  package var facts: [Summary.Item]

  /// - Parameters:
  ///   - epochs: none where nothing was trained by gradients.
  ///   - bestEpoch: from 1, where a validation part chose it.
  ///   - facts: what there is to say of this kind of model.
  package init(
    model: Model, epochs: [TrainingEpoch], accuracyAt: [Int] = [], candidateCounts: [Int], bestEpoch: Int? = nil,
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
    if let rating = model.rating { items.append(.fact("rating head", "\(rating.shape)")) }
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
    for side in TowerSide.allCases {
      if let features = model.features[side] {
        items.append(table(of: features.features, features.table, "\(side.rawValue) tower"))
      }
    }
    if let context = model.context { items.append(table(of: context.features, context.table, "context")) }
    return Summary(items)
  }

  private func table(of features: FeatureSet, _ vectors: Matrix, _ owner: String) -> Summary.Item {
    var first = 0
    let rows = features.features.map { feature in
      let norms = (first..<first + feature.width).map { vectors.squaredLength(row: $0).squareRoot() }.sorted()
      first += feature.width
      return [feature.declaration.text, "\(feature.width)"]
        + (norms.isEmpty
          ? ["", "", ""]
          : [norms[0], norms[norms.count / 2], norms[norms.count - 1]].map {
            decimals(Double($0), 4)
          })
    }
    return .table(
      title: "features of the \(owner), and norms of their vectors",
      columns: ["feature", "vectors", "least", "median", "greatest"], rows: rows)
  }

  private var losses: [Summary.Item] {
    let unit = type(of: model.recipe.method).lossUnit
    return lossesOfTasks ?? [
      .curve(title: "training loss", x: "epoch", y: unit.perEpoch, points: epochs.map(\.lossPerBatch)),
      .curve(title: "training loss per pair", x: "epoch", y: unit.perPair, points: epochs.map(\.lossPerPair)),
    ]
  }

  /// The losses of both tasks of a model with a rating head, each before its weight; `nil` for a model without.
  private var lossesOfTasks: [Summary.Item]? {
    let tasks = epochs.compactMap(\.tasks)
    guard !tasks.isEmpty else { return nil }
    let unit = type(of: model.recipe.method).lossUnit
    let curves = [
      ("retrieval loss", unit.perEpoch, tasks.compactMap(\.retrieval)),
      ("rating loss", "mean squared error, mean over batches", tasks.compactMap(\.rating)),
      ("RMSE of ratings", "before the step of each batch", tasks.compactMap(\.rmse)),
    ]
    return curves.filter { !$0.2.isEmpty }.map { .curve(title: "training \($0)", x: "epoch", y: $1, points: $2) }
  }

  private var norms: Summary.Item {
    let rows = [("query", model.queries), ("candidate", model.candidates)].map { name, table in
      let norms = EmbeddingRow.known(of: table.rows).map { row in
        table.row(Int(row.index)).reduce(0) { $0 + $1 * $1 }.squareRoot()
      }.sorted()
      guard !norms.isEmpty else { return [name] + [String](repeating: decimals(0, 4), count: 3) }
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
    let others = EmbeddingRow.known(of: model.candidates.rows).map { Int($0.index) }.filter { $0 != best }
    let nearest = others.map { row in (row: row, cosine: zip(vector(row), own).reduce(0) { $0 + $1.0 * $1.1 }) }
      .sorted { ($1.cosine, $0.row) < ($0.cosine, $1.row) }
    let names = model.vocabularies.candidate
    return .list(
      title: "nearest to \"\(names[row: best])\", the most frequent candidate, by cosine",
      items: nearest.prefix(5).map { "\(decimals(Double($0.cosine), 3))  \(names[row: $0.row])" })
  }
}
