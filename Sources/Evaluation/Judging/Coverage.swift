import Synchronization

/// The best rank of each candidate over all lists.
final class Coverage: Sendable {
  private let best: Mutex<[[Int32]]>

  init(candidates: Int) {
    best = Mutex([[Int32]](repeating: [Int32](repeating: .max, count: candidates), count: 2))
  }

  /// - Parameter best: by protocol and candidate; `Int32.max` for one that is in no list.
  init(best: [[Int32]]) { self.best = Mutex(best) }

  /// The best ranks over the lists of all parts.
  static func joining(_ parts: [Coverage], candidates: Int) -> Coverage {
    if parts.count == 1 { return parts[0] }
    let lists = parts.map(\.all)
    return Coverage(
      best: (0..<2).map { seen in
        (0..<candidates).map { candidate in lists.map { $0[seen][candidate] }.min() ?? .max }
      })
  }

  var all: [[Int32]] { best.withLock { $0 } }

  func take(_ lines: [some AnsweredLine]) {
    best.withLock { best in
      for line in lines { for seen in SeenProtocol.allCases { Self.take(line, seen, into: &best[seen.place]) } }
    }
  }

  private static func take(_ line: some AnsweredLine, _ seen: SeenProtocol, into best: inout [Int32]) {
    unsafe best.withUnsafeMutableBufferPointer { best in
      for place in 0..<line.count(seen) {
        let candidate = line.candidate(place, seen)
        if unsafe best[candidate] > place { unsafe best[candidate] = Int32(place) }
      }
    }
  }

  func count(_ seen: SeenProtocol, _ k: Int) -> Int {
    best.withLock { best in best[seen.place].count { Int($0) < k && $0 < .max } }
  }
}
