/// A param and the values that a sweep gives it, as `STAGE.PARAM=VALUE,VALUE`.
package struct SweepAxis: Sendable, Equatable {
  /// "STAGE.PARAM".
  package let param: String
  package let values: [String]

  /// The most runs of one sweep.
  static let mostPoints = 10_000

  /// - Throws: `SweepError` if there is no param, no value, or one value twice.
  package init(_ text: String) throws(SweepError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts[0].contains("."), !parts[1].isEmpty else { throw .noValues(text) }
    param = parts[0]
    values = Self.split(parts[1])
    guard !values.contains("") else { throw .emptyValue(text) }
    var seen: Set<String> = []
    if let twice = values.first(where: { !seen.insert($0).inserted }) { throw .twice(text, value: twice) }
  }

  /// Cuts at commas, except those of a list.
  private static func split(_ text: String) -> [String] {
    var values = [""]
    var depth = 0
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ",", depth <= 0 { values.append("") } else { values[values.count - 1].append(character) }
    }
    return values
  }

  /// All combinations of the values of all axes, those of the last axis changing fastest.
  ///
  /// - Throws: `SweepError` if a param has two axes, or the combinations are too many.
  package static func points(of axes: [SweepAxis]) throws(SweepError) -> [[String]] {
    var seen: Set<String> = []
    if let twice = axes.first(where: { !seen.insert($0.param).inserted }) { throw .twoAxes(twice.param) }
    var points: [[String]] = [[]]
    for axis in axes {
      guard points.count * axis.values.count <= mostPoints else { throw .tooMany }
      points = points.flatMap { point in axis.values.map { point + [$0] } }
    }
    return points
  }
}

/// The reasons why the values of a sweep are refused.
package enum SweepError: Error, Equatable, CustomStringConvertible {
  case noValues(String)
  case emptyValue(String)
  case twice(String, value: String)
  case twoAxes(String)
  case tooMany

  package var description: String {
    switch self {
    case .noValues(let text): "--try \(text): give it as STAGE.PARAM=VALUE,VALUE, such as train.epochs=1,3,10"
    case .emptyValue(let text): "--try \(text): a value is empty; give each between commas"
    case .twice(let text, let value): "--try \(text): \(value) is given twice"
    case .twoAxes(let param): "--try \(param) is given twice; give all its values at once"
    case .tooMany: "--try: the values make more than \(SweepAxis.mostPoints) combinations; give fewer"
    }
  }
}
