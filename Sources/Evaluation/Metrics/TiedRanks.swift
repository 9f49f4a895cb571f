/// The ranks of one query's targets among all candidates, and what they are worth: each measure's mean over all orders
/// of the tied (McSherry & Najork, "Computing Information Retrieval Performance Measures Efficiently in the Presence of
/// Tied Scores", ECIR 2008).
struct TiedRanks {
  /// Candidates of one score, some of them targets.
  struct Group {
    var greater: Int
    var size: Int
    var targets: Int
  }

  /// The targets in the order of their places.
  private(set) var groups: [Group] = []
  /// Targets, also those that no list reaches.
  let targetCount: Int

  struct Values {
    var recall = 0.0
    var ndcg = 0.0
    var precision = 0.0
    var mrr = 0.0
    var map = 0.0
  }

  init(targetCount: Int) { self.targetCount = targetCount }

  /// - Parameter equal: other candidates of the target's score.
  mutating func add(greater: Int, equal: Int) {
    // Few targets are within reach, and they come in no order.
    let place = groups.firstIndex { $0.greater >= greater } ?? groups.count
    if place < groups.count, groups[place].greater == greater {
      groups[place].targets += 1
    } else {
      groups.insert(Group(greater: greater, size: equal + 1, targets: 1), at: place)
    }
  }

  mutating func removeAll() { groups.removeAll(keepingCapacity: true) }

  /// - Parameter discounts: see `Discounts`; for places from 0 as far as any list goes.
  func values(at k: Int, _ discounts: Discounts) -> Values {
    var (found, gain, precisions, before) = (0.0, 0.0, 0.0, 0.0)
    var reciprocal = 0.0
    for (number, group) in groups.enumerated() {
      guard group.greater < k else { break }
      let inside = min(k - group.greater, group.size)
      let share = Double(group.targets) / Double(group.size)
      found += share * Double(inside)
      // Of the other places of the group, each has a target with this probability.
      let others = group.size > 1 ? Double(group.targets - 1) / Double(group.size - 1) : 0
      for place in 0..<inside {
        let rank = Double(group.greater + place + 1)
        gain += share * discounts[group.greater + place]
        precisions += share * (before + 1 + Double(place) * others) / rank
      }
      if number == 0 { reciprocal = Self.reciprocalOfFirst(group, inside) }
      before += Double(group.targets)
    }
    let best = min(k, targetCount)
    return Values(
      recall: found / Double(targetCount), ndcg: gain / discounts.sum(best), precision: found / Double(k),
      mrr: reciprocal, map: precisions / Double(best))
  }

  private static func reciprocalOfFirst(_ group: Group, _ inside: Int) -> Double {
    var (mean, none) = (0.0, 1.0)
    for place in 0..<inside {
      let left = Double(group.size - place)
      mean += none * Double(group.targets) / left / Double(group.greater + place + 1)
      none *= (left - Double(group.targets)) / left
      if none <= 0 { break }
    }
    return mean
  }
}
