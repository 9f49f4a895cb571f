import BasicAlgorithms
import RandomNumbers

/// Chance: an order drawn for each history, so that whoever chose other things gets another one. Equal histories, such
/// as empty ones, share theirs.
package struct RandomScores: HistoryScores {
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package var drawnOrders: RandomScores? { self }

  /// The order of the candidates for a history, computed place by place.
  func order(of history: ArraySlice<Int32>, candidateCount: Int) -> ComputedPermutation {
    var hash = FNV1a()
    for candidate in history { hash.mix(UInt64(UInt32(bitPattern: candidate))) }
    var random = RandomGenerator(seed: seed ^ hash.value, stream: "random scores")
    return ComputedPermutation(candidateCount, from: &random)
  }

  /// Gives the places in the drawn order as scores, those of 2²⁴ candidates exactly.
  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    let order = order(of: history, candidateCount: scores.count)
    for candidate in scores.indices { unsafe scores[candidate] = -Float(order.place(of: candidate)) }
  }
}
