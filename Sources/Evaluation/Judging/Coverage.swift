import Synchronization

/// The best rank of each candidate over all lists.
final class Coverage: Sendable {
  private let best: Mutex<[[Int32]]>

  init(candidates: Int) {
    best = Mutex([[Int32]](repeating: [Int32](repeating: .max, count: candidates), count: 2))
  }

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
