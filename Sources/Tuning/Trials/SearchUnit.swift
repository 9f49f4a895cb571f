/// A unit of a search's work: one process does it, and its result is a file of the journal. All numbers are from 0.
enum SearchUnit: Hashable {
  /// A trial of a round on a held-out part.
  case trial(Int, round: Int, part: Int)
  /// All combinations of the last round on a held-out part.
  case combinations(part: Int)
  /// The best combination, in the dimension of the recipe, on a held-out part.
  case towers(part: Int)

  /// The name of its file.
  var name: String {
    switch self {
    case .trial(let trial, let round, let part): "round-\(round + 1).trial-\(trial + 1).part-\(part + 1)"
    case .combinations(let part): "combinations.part-\(part + 1)"
    case .towers(let part): "towers.part-\(part + 1)"
    }
  }
}
