import DisplayText

/// Counts over all lists, by which people see whether they are what was meant.
package struct ListCounts: Sendable, Equatable {
  package let queries: Int
  package private(set) var recommendations = 0
  /// The number of lists with fewer candidates than were asked for, empty ones among them.
  package private(set) var short = 0
  package private(set) var empty = 0
  /// The number of lists that each candidate stands in.
  private var lists: [UInt32]
  private let k: Int

  init(queries: Int, candidates: Int, k: Int) {
    self.queries = queries
    self.k = k
    lists = [UInt32](repeating: 0, count: candidates)
  }

  mutating func add(_ block: RecommendationBlock) {
    for length in block.lengths {
      if length < k { short += 1 }
      if length == 0 { empty += 1 }
    }
    recommendations += block.candidates.count
    for candidate in block.candidates { lists[Int(candidate)] += 1 }
  }

  /// The number of distinct candidates that stand in some list.
  package var shown: Int { lists.count { $0 > 0 } }

  /// The candidate that stands in most lists, the first of equals, and their number; `nil` if all lists are empty.
  var mostFrequent: (candidate: Int, lists: Int)? {
    lists.max().flatMap { most in most == 0 ? nil : lists.firstIndex(of: most).map { ($0, Int(most)) } }
  }

  /// - Parameters:
  ///   - unknown: the number of queries that the servable does not know.
  ///   - title: of a candidate, by its number.
  func facts(unknown: Int, title: (Int) -> String) -> [(name: String, value: String)] {
    let share = { (count: Int) in
      count == 0 ? "none" : "\(count), \(percent(Double(count) / Double(max(queries, 1))))"
    }
    return [
      ("queries", "\(queries)" + (unknown == 0 ? "" : ", and \(unknown) unknown to the servable have no list")),
      ("recommendations", "\(recommendations)"),
      ("lists of fewer than \(k)", share(short)), ("empty lists", share(empty)),
      (
        "candidates in some list",
        "\(shown) of \(lists.count)"
          + (mostFrequent.map { ", \(title($0.candidate)) in most: \(share($0.lists))" } ?? "")
      ),
    ]
  }
}
