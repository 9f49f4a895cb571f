package import Artifacts
import CanonicalJSON
import DisplayText
import Kernels
import MetricTable
import SystemFiles
import Tables

/// The requirement that a model must meet before it may be served.
package struct Gate: Sendable, Equatable {
  /// The metric with the length of the list, as "ndcg@100".
  package var metric: String
  package var seenProtocol: SeenProtocol
  /// A baseline, or the other model.
  package var beat: String
  /// Minimum required improvement.
  package var by: Double

  package init(metric: String, seenProtocol: SeenProtocol, beat: String, by: Double) {
    self.metric = metric
    self.seenProtocol = seenProtocol
    self.beat = beat
    self.by = by
  }
}

/// A judgement if a model is worth serving, with the numbers that it is based on.
///
/// Nothing is said for certain that chance may have done: the 95 % interval of the difference must lie beyond the bar,
/// and the randomisation test must agree, which guards against intervals of few queries.
package struct Verdict: Sendable, Equatable {
  package static let type = ArtifactType("verdict", version: 2)

  /// The outcome of a comparison with the model to beat.
  package enum Answer: String, Sendable {
    case passed
    case lost
    /// The data are too few to decide.
    case undecided
  }

  /// Digests of the judged model and of the data that judged it.
  package struct Subject: Sendable, Equatable {
    package var model: Digest
    /// Digest of the program, its version and the params that made the model; `nil` if the model does not say.
    package var recipe: Digest?
    /// Digest of the train part; `nil` if the model's lineage lacks it.
    package var train: Digest?
    /// Digest of the held-out pairs.
    package var test: Digest

    package init(model: Digest, recipe: Digest?, train: Digest?, test: Digest) {
      self.model = model
      self.recipe = recipe
      self.train = train
      self.test = test
    }

    /// Takes the digests of two artifacts, and recipe and train part from the model's lineage.
    package init(_ model: ArtifactFile, test: ArtifactFile) {
      let lineage = model.header.lineage
      self.init(model: model.digest, recipe: lineage.recipe, train: lineage.inputs["train"], test: test.digest)
    }
  }

  /// The least number of queries for which a two-sided sign test can reach 5 %.
  static let fewestQueries = 6

  package let gate: Gate
  package let model: String
  package let subject: Subject
  /// The comparison that it rests on; nil where there was nothing to compare.
  package let comparison: Comparison?
  package let value: Double?
  package let baselineValue: Double?

  /// - Parameter metrics: with intervals.
  /// - Returns: nil if the baseline was not measured.
  package init?(_ gate: Gate, _ metrics: Metrics, of model: String, subject: Subject) {
    guard metrics.rows.contains(where: { $0.model == gate.beat }) else { return nil }
    self.gate = gate
    self.model = model
    self.subject = subject
    comparison = metrics.comparisons.first {
      $0.model == model && $0.other == gate.beat && "\($0.name)@\($0.k)" == gate.metric
        && $0.seenProtocol == gate.seenProtocol.rawValue
    }
    guard let comparison else {
      (value, baselineValue) = (nil, nil)
      return
    }
    value = metrics.value(model, comparison.seenProtocol, comparison.name, comparison.k)
    baselineValue = metrics.value(gate.beat, comparison.seenProtocol, comparison.name, comparison.k)
  }

  package var answer: Answer {
    guard let comparison, comparison.queries >= Self.fewestQueries, let interval = comparison.interval else {
      return .undecided
    }
    // The test is about a difference of nothing, and says nothing of another bar.
    let isChance = gate.by == 0 && (comparison.p ?? 0) > 0.05
    if interval.low > gate.by, !isChance { return .passed }
    let isSame = comparison.difference == 0 && interval == Interval(low: 0, high: 0)
    if interval.high < gate.by && !isChance || isSame { return .lost }
    return .undecided
  }

  /// The number of queries that would decide, if the observed difference is the true one; `nil` if no number would.
  var wantedQueries: Int? {
    guard let comparison, let interval = comparison.interval else { return nil }
    guard comparison.queries >= Self.fewestQueries else { return Self.fewestQueries }
    let distance = abs(comparison.difference - gate.by)
    guard distance > 0 else { return nil }
    let ratio = (interval.high - interval.low) / 2 / distance
    let wanted = Double(comparison.queries) * max(ratio * ratio, 1.1)
    return wanted < 1e9 ? Int(wanted) + 1 : nil
  }

  /// One line.
  package var statement: String {
    let place = "\(gate.metric), \(gate.seenProtocol.rawValue)"
    guard let comparison, let value, let baselineValue else {
      return "undecided: nothing can be judged by \(place), since no test query has a target that is new to it"
    }
    let values = "\(decimals(value, 4)) against \(decimals(baselineValue, 4))"
    let interval = comparison.interval.map { ", difference \(decimals($0.low, 4)) to \(decimals($0.high, 4))" } ?? ""
    let asked = gate.by == 0 ? "" : " by the \(gate.by) asked for"
    switch answer {
    case .passed: return "\(model) beats \(gate.beat)\(asked) on \(place) (\(values)\(interval))"
    case .lost:
      let word =
        gate.by != 0
        ? "does not beat \(gate.beat)\(asked)"
        : comparison.difference == 0 ? "equals \(gate.beat)" : "loses to \(gate.beat)"
      return "\(model) \(word) on \(place) (\(values)\(interval))"
    case .undecided:
      return "undecided whether \(model) beats \(gate.beat)\(asked) on \(place) (\(values)\(interval)): "
        + remedy(comparison.queries)
    }
  }

  private func remedy(_ queries: Int) -> String {
    let have = "there \(queries == 1 ? "is" : "are") \(queries)"
    guard let wanted = wantedQueries else { return "no number of test queries would be enough; \(have)" }
    return "some \(wanted) test queries with new targets would be enough, and \(have)"
  }

  private var table: Table {
    Table(
      "verdict", rows: 1,
      columns: [
        Column("answer", text: [answer.rawValue]), Column("statement", text: [statement]),
        Column("metric", text: [gate.metric]), Column("protocol", text: [gate.seenProtocol.rawValue]),
        Column("ties", text: [TieRule.expected.rawValue]), Column("name", text: [model]),
        Column("value", reals: [value]), Column("baseline", text: [gate.beat]),
        Column("baseline_value", reals: [baselineValue]), Column("difference", reals: [comparison?.difference]),
        Column("low", reals: [comparison?.interval?.low]), Column("high", reals: [comparison?.interval?.high]),
        Column("p", reals: [comparison?.p]), Column("queries", integers: [Int64(comparison?.queries ?? 0)]),
        Column("wanted_queries", integers: [answer == .undecided ? wantedQueries.map { Int64($0) } : nil]),
        Column("asked", reals: [gate.by]), Column("model", text: [subject.model.hexadecimal]),
        Column("recipe", text: [subject.recipe?.hexadecimal ?? ""]),
        Column("train", text: [subject.train?.hexadecimal ?? ""]), Column("test", text: [subject.test.hexadecimal]),
      ])
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        [
          .fact("answer", answer.rawValue), .fact("verdict", statement), .fact("model", subject.model.hexadecimal),
          subject.recipe.map { .fact("recipe", $0.hexadecimal) }, subject.train.map { .fact("train", $0.hexadecimal) },
          .fact("test", subject.test.hexadecimal),
        ].compactMap { $0 }))
  }
}
