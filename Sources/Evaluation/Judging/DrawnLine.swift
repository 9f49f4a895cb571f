import BasicAlgorithms
import RandomNumbers

/// The answer to one query by a drawn order of the candidates: no candidate is scored.
///
/// Costs O((limit + history) log history); where only some candidates compete, O(candidates log history).
struct DrawnLine: AnsweredLine {
  private let order: ComputedPermutation
  private let limit: Int
  private let competing: [Bool]?
  /// Places of each list in the drawn order, rising.
  private var included: [Int] = []
  private var excluded: [Int] = []

  /// - Parameter competing: `false` for candidates that cannot be retrieved; nil where all can.
  init(_ order: ComputedPermutation, _ judged: JudgedQueries, _ query: Int, limit: Int, competing: [Bool]?) {
    self.order = order
    self.limit = limit
    self.competing = competing
    let seen = judged.history(query).filter { $0 < order.count }.map { order.place(of: Int($0)) }.sorted()
    var place = 0
    while excluded.count < limit, place < order.count {
      defer { place += 1 }
      if let competing, !competing[order[place]] { continue }
      if included.count < limit { included.append(place) }
      let found = seen.indices.partitioningIndex { seen[$0] >= place }
      if found == seen.endIndex || seen[found] != place { excluded.append(place) }
    }
  }

  private func list(_ seen: SeenProtocol) -> [Int] { seen == .included ? included : excluded }

  func count(_ seen: SeenProtocol) -> Int { list(seen).count }

  func candidate(_ place: Int, _ seen: SeenProtocol) -> Int { order[list(seen)[place]] }

  func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)? {
    let candidate = Int(judged.targets.values[target])
    guard candidate < order.count, competing?[candidate] ?? true else { return nil }
    let (list, place) = (list(seen), order.place(of: candidate))
    let greater = list.indices.partitioningIndex { list[$0] >= place }
    return greater < limit ? (greater, 0) : nil
  }
}
