import CanonicalJSON
package import Interactions

/// Trials whose towers read features beside ids.
extension TrialParams {
  /// The param that says what a tower is.
  static func tower(_ side: TowerSide) -> String { "\(side.rawValue)-tower" }

  /// The sides whose towers read features.
  package var sidesWithFeatures: [TowerSide] { TowerSide.allCases.filter { params[Self.tower($0)] != nil } }

  /// The trials that are like this one and read features too, so that the difference is theirs alone: of what a family
  /// starts from one for every choice of sides, of its later trials one each, the choices in turn.
  ///
  /// - Parameter turn: the number of the trial within its family, from 0.
  func reading(featuresOf sides: [TowerSide], turn: Int) -> [TrialParams] {
    guard family.family.readsFeatures, !sides.isEmpty else { return [] }
    let choices = sides.map { [$0] } + (sides.count > 1 ? [sides] : [])
    return (turn == 0 ? choices : [choices[turn % choices.count]]).map { chosen in
      let towers = chosen.map { (Self.tower($0), JSON("sum")) }
      return TrialParams(family: family, params: params.merging(towers) { $1 })
    }
  }

  /// The family, and the sides whose features are read, as "softmax with features of the candidates".
  var name: String {
    let sides = sidesWithFeatures
    guard !sides.isEmpty else { return family.rawValue }
    return "\(family.rawValue) with features of the \(sides.map(\.plural).joined(separator: " and the "))"
  }
}

extension TowerSide {
  /// The word for all things of the side.
  package var plural: String {
    switch self {
    case .query: "queries"
    case .candidate: "candidates"
    }
  }
}
