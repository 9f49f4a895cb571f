package import Artifacts
import DisplayText
import Features

/// A report on new candidates and on the worth of their features.
package struct ColdStartReport: Sendable {
  /// `nil` where the model's own tower gives the vectors.
  private let head: ContentHead?
  private let features: FeatureSet
  private let encoded: EncodedFeatures
  private let newCount: Int
  private let count: Int
  private let exposure: ListExposure
  private let factor: Float
  /// The share at the lengths that features give, where others are chosen.
  private let naturalShare: Double?
  private let fair: Double
  private let strength: FirstInteractions.Strength?
  private let interactionsOfNew: Int?
  private let isExplained: Bool

  /// - Parameter isExplained: `true` if scores of new candidates are sums over features.
  init(
    head: ContentHead?, features: FeatureSet, encoded: EncodedFeatures, newCount: Int, count: Int,
    exposure: ListExposure, factor: Float, naturalShare: Double?, fair: Double, strength: FirstInteractions.Strength?,
    interactionsOfNew: Int?, isExplained: Bool
  ) {
    self.head = head
    self.features = features
    self.encoded = encoded
    self.newCount = newCount
    self.count = count
    self.exposure = exposure
    self.factor = factor
    self.naturalShare = naturalShare
    self.fair = fair
    self.strength = strength
    self.interactionsOfNew = interactionsOfNew
    self.isExplained = isExplained
  }

  private static func tenths(_ share: Double) -> String { percent(share, places: 1) }

  private var source: String {
    head.map { "features explain \(Self.tenths($0.explainedVariance)) of the variance of left-out vectors" }
      ?? "the model's own tower gives their vectors by its features"
  }

  private var list: String { "lists of \(exposure.listLength)" }

  /// Lines for the log.
  package var lines: [String] {
    var lines = ["\(newCount) of \(count) candidates are new; \(source)"]
    if let head, head.explainedVariance < ColdStart.leastExplained {
      lines.append("these features say nothing about who chooses what; new candidates keep the lengths that they give")
    }
    if let head, head.unusedColumns > 0 {
      lines.append("\(head.unusedColumns) values of features are of no trained candidate, or too rare, and say nothing")
    }
    if newCount > 0 {
      lines.append(
        "new candidates take \(Self.tenths(exposure.share(factor: factor))) of the places of \(list)"
          + (naturalShare.map { ", and \(Self.tenths($0)) at the lengths that features give" } ?? "")
          + "; they are \(Self.tenths(fair)) of all candidates")
    }
    if newCount > 0, !isExplained {
      lines.append("dense layers make the vectors of new candidates, so that their scores are no sums over features")
    }
    if let interactionsOfNew { lines.append("\(interactionsOfNew) interactions of known queries move new candidates") }
    return lines
  }

  package var facts: [Summary.Item] {
    var items: [Summary.Item] = [
      .fact("new candidates", "\(newCount) of \(count)")
    ]
    if let head {
      items.append(.fact("leave-one-out R² of features", decimals(head.explainedVariance, 4)))
      items.append(.fact("ridge penalty", "\(head.penalty) × mean weight"))
    } else {
      items.append(.fact("vectors of new candidates", "of the model's own tower, by its features"))
    }
    items += [
      .fact(
        "lengths of new candidates",
        naturalShare == nil
          ? "as features give them" : "\(decimals(Double(factor), 4)) × the mean length of trained candidates"),
      .fact("share of new candidates in \(list)", decimals(exposure.share(factor: factor), 4)),
    ]
    if let strength, let interactionsOfNew {
      items.append(.fact("interactions of new candidates", "\(interactionsOfNew)"))
      items.append(
        .fact(
          "first interactions",
          "unobserved ratio \(strength.unobservedRatio), regularization \(strength.regularization)"))
    }
    items.append(
      .table(
        title: "features of candidates", columns: ["feature", "columns", "missing", "unknown"],
        rows: features.features.enumerated().map { place, feature in
          [
            feature.declaration.text, "\(feature.width)", "\(encoded.missing[place])", "\(encoded.unknown[place])",
          ]
        }))
    if newCount > 0 {
      items.append(
        .table(
          title: "share of new candidates in \(list), by the factor of their lengths", columns: ["factor", "share"],
          rows: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4].map { (factor: Float) in
            ["\(factor)", decimals(exposure.share(factor: factor), 4)]
          }))
    }
    return items
  }
}
