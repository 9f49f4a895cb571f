import RandomNumbers

/// Chance: an order drawn for each history, so that whoever chose other things gets another one. Equal histories, such
/// as empty ones, share theirs.
package struct RandomScores: HistoryScores {
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    // FNV-1a over the candidates.
    let mixed = history.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64(UInt32(bitPattern: $1))) &* 0x100_0000_01b3 }
    var random = RandomGenerator(seed: seed ^ mixed, stream: "random scores")
    random.fill(scores)
  }
}
