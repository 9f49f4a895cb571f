extension SliceDimension {
  /// Thirds of the queries by how many train pairs they have; those without any by themselves.
  package static func activity(_ trainPairs: [Int32]) -> SliceDimension {
    let thirds = Thirds(trainPairs.filter { $0 > 0 }.map { Double($0) })
    return SliceDimension(
      names: ["activity 0"] + thirds.names.map { "activity \($0)" },
      places: trainPairs.map { $0 == 0 ? 0 : thirds.place(of: Double($0)) + 1 })
  }

  /// Thirds of the train pairs, from the most popular candidates down.
  ///
  /// - Parameters:
  ///   - counts: train pairs of each candidate.
  ///   - candidates: of each held-out pair; numbers beyond the counts are in the tail.
  package static func popularity(_ counts: [Int32], of candidates: [Int32]) -> SliceDimension {
    let total = counts.reduce(0) { $0 + Int($1) }
    var third = [Int](repeating: 2, count: counts.count)
    var before = 0
    for candidate in counts.indices.sorted(by: { (counts[$1], $0) < (counts[$0], $1) }) where counts[candidate] > 0 {
      third[candidate] = min(before * 3 / max(total, 1), 2)
      before += Int(counts[candidate])
    }
    return SliceDimension(
      names: ["head candidates", "middle candidates", "tail candidates"],
      places: candidates.map { Int($0) < third.count ? third[Int($0)] : 2 })
  }

  /// Slices by whether training saw the candidate of each held-out pair.
  package static func knownCandidates(_ counts: [Int32], of candidates: [Int32]) -> SliceDimension {
    SliceDimension(
      names: ["known candidates", "unknown candidates"],
      places: candidates.map { Int($0) < counts.count && counts[Int($0)] > 0 ? 0 : 1 })
  }

  /// The grounds of the answers.
  package static func bases(_ bases: [ModelAnswers.Basis]) -> SliceDimension {
    let all = ModelAnswers.Basis.allCases
    return SliceDimension(names: all.map(\.slice), places: bases.map { all.firstIndex(of: $0) })
  }
}

/// Numbers in three parts of about the same size; equal numbers are in one part.
struct Thirds {
  /// Least number of the second and of the third part.
  private let bounds: [Double]
  let names: [String]

  init(_ values: [Double]) {
    let sorted = values.sorted()
    let bounds = sorted.isEmpty ? [] : [sorted[sorted.count / 3], sorted[sorted.count * 2 / 3]]
    func third(_ value: Double) -> Int { bounds.count { value >= $0 } }
    self.bounds = bounds
    names = (0..<3).map { part in
      let inside = sorted.filter { third($0) == part }
      guard let first = inside.first, let last = inside.last else { return "" }
      return first == last ? Self.text(first) : "\(Self.text(first))-\(Self.text(last))"
    }
  }

  func place(of value: Double) -> Int { bounds.count { value >= $0 } }

  static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
