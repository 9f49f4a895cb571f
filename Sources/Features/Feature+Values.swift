import DisplayText
import Tables

extension Feature {
  /// The value that a column of the encoding stands for, for people; "" for a number, which is in the weight.
  package func value(ofColumn column: Int) -> String {
    switch scale {
    case .vocabulary(let values, _): values[column]
    case .hash(let buckets): "value with hash \(column) of \(buckets)"
    case .bounds(let bounds): Self.range(column, of: bounds)
    case .moments: ""
    case .timeParts(let part, _): part.names[column]
    }
  }

  private static func range(_ bucket: Int, of bounds: [Double]) -> String {
    let from = bucket > 0 ? "from \(readable(bounds[bucket - 1]))" : nil
    let below = bucket < bounds.count ? "below \(readable(bounds[bucket]))" : nil
    let ends = [from, below].compactMap { $0 }
    return ends.isEmpty ? "any number" : ends.joined(separator: ", ")
  }
}

extension FeatureSet {
  /// The feature that a column of the encoding is of, and its column there.
  package func feature(ofColumn column: Int) -> (feature: Feature, column: Int) {
    var first = 0
    for feature in features {
      if column < first + feature.width { return (feature, column - first) }
      first += feature.width
    }
    preconditionFailure("column \(column) of \(width)")
  }
}
