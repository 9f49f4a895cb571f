import BasicAlgorithms
import RandomNumbers

/// Chance: an order drawn for each history, so that whoever chose other things gets another one. Equal histories, such
/// as empty ones, share theirs.
package struct RandomScores: HistoryScores {
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    var hash = FNV1a()
    for candidate in history { hash.mix(UInt64(UInt32(bitPattern: candidate))) }
    var random = RandomGenerator(seed: seed ^ hash.value, stream: "random scores")
    unsafe random.fill(scores)
  }
}
