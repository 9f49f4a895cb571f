/// The reason why an index cannot be built, searched, updated, saved or opened; the description is one line that says
/// what to do.
public enum VectorIndexError: Error, Equatable, CustomStringConvertible {
  case dimension(Int)
  /// An array does not hold whole vectors.
  case ragged(what: String, floats: Int, dimension: Int)
  case tooManyCandidates(Int)
  case option(name: String, value: String, allowed: String)
  /// A query of another dimension than the index.
  case query(dimension: Int, expected: Int)
  /// A filter made for another number of candidates.
  case filter(count: Int, expected: Int)
  /// An unknown candidate, or one both replaced and removed.
  case candidate(Int, reason: String)
  /// A file could not be read or written: its path and the reason.
  case file(String)

  public var description: String {
    switch self {
    case .dimension(let dimension):
      "the dimension is \(dimension); give 1 to \(VectorIndex.greatestDimension)"
    case .ragged(let what, let floats, let dimension):
      "\(what): \(floats) floats are not a whole number of vectors of \(dimension) dimensions; "
        + "give all rows, without padding"
    case .tooManyCandidates(let count): "\(count) candidates; give at most \(VectorIndex.mostCandidates)"
    case .option(let name, let value, let allowed): "\(name) is \(value); give \(allowed)"
    case .query(let dimension, let expected): "a query of \(dimension) dimensions; the index has \(expected)"
    case .filter(let count, let expected):
      "a filter of \(count) candidates; the index has \(expected), so make the filter of that many"
    case .candidate(let candidate, let reason): "candidate \(candidate): \(reason)"
    case .file(let reason): reason
    }
  }
}
