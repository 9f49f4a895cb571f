import BasicAlgorithms
import Tables

extension FeatureSet {
  /// The column of an earlier set that each column continues; `nil` for what the earlier one does not have.
  ///
  /// A feature continues the one of the same declaration and kind: a value itself, a bucket by hash the same one, a
  /// range of numbers the earlier range that its lower end is in, and a number the number.
  package func columns(in earlier: FeatureSet) -> [Int?] {
    var firsts: [Int] = []
    var first = 0
    for feature in earlier.features {
      firsts.append(first)
      first += feature.width
    }
    return features.flatMap { feature -> [Int?] in
      guard
        let place = earlier.features.firstIndex(where: {
          $0.declaration == feature.declaration && $0.kind == feature.kind
        })
      else { return [Int?](repeating: nil, count: feature.width) }
      return feature.scale.columns(in: earlier.features[place].scale).map { column in column.map { firsts[place] + $0 }
      }
    }
  }
}

extension Feature.Scale {
  /// Returns the columns of one feature in an earlier set, with both counted from 0.
  fileprivate func columns(in earlier: Feature.Scale) -> [Int?] {
    switch (self, earlier) {
    case (.vocabulary(let values, _), .vocabulary(let known, _)):
      values.places(in: known).map { $0 < 0 ? nil : Int($0) }
    case (.hash(let buckets), .hash): Array(0..<buckets)
    case (.bounds(let bounds), .bounds(let known)):
      [0] + bounds.map { bound in known.indices.partitioningIndex { known[$0] > bound } }
    case (.moments, .moments): [0]
    case (.timeParts(let part, _), .timeParts): Array(0..<part.count)
    // One kind has one scale.
    default: preconditionFailure("two scales of one kind")
    }
  }
}
