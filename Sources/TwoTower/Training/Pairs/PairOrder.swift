import RandomNumbers

/// The order of an epoch: which pair stands at which place.
///
/// Up to `drawnPairs` pairs it is drawn and kept; above, it is computed place by place and takes no memory. Which of
/// the two depends on the number of pairs alone.
enum PairOrder: Sendable {
  static let drawnPairs = 1 << 22

  case drawn([UInt32])
  case computed(ComputedPermutation)

  init(count: Int, seed: UInt64, epoch: Int, drawnPairs: Int = PairOrder.drawnPairs) {
    var random = RandomGenerator(seed: seed, stream: epoch == 0 ? "batches" : "batches of epoch \(epoch)")
    self =
      count <= drawnPairs
      ? .drawn(random.permutation(count).map { UInt32($0) })
      : .computed(ComputedPermutation(count, from: &random))
  }

  /// The pair at a place.
  subscript(place: Int) -> Int {
    switch self {
    case .drawn(let order): Int(order[place])
    case .computed(let permutation): permutation[place]
    }
  }

  /// Gives the place of a pair; drawn orders are inverted once.
  func places() -> (Int) -> Int {
    switch self {
    case .computed(let permutation): return { permutation.place(of: $0) }
    case .drawn(let order):
      var places = [UInt32](repeating: 0, count: order.count)
      for (place, pair) in order.enumerated() { places[Int(pair)] = UInt32(place) }
      return { [places] in Int(places[$0]) }
    }
  }
}
