/// The best k of what is offered, in a heap whose root is the worst of them.
struct BestNeighbours {
  private let k: Int
  private var heap: [Neighbour] = []

  init(_ k: Int) { self.k = max(k, 0) }

  /// Whether a score may still get in. Those offered later have higher numbers, so a tie with the worst does not.
  func wants(_ score: Float) -> Bool { heap.count < k || (k > 0 && score > heap[0].score) }

  mutating func take(_ neighbour: Neighbour) {
    if heap.count < k {
      heap.append(neighbour)
      var place = heap.count - 1
      while place > 0, Neighbour.precedes(heap[(place - 1) / 2], heap[place]) {
        heap.swapAt(place, (place - 1) / 2)
        place = (place - 1) / 2
      }
    } else if k > 0, Neighbour.precedes(neighbour, heap[0]) {
      heap[0] = neighbour
      var place = 0
      while true {
        var worst = place
        for child in [2 * place + 1, 2 * place + 2]
        where child < heap.count && Neighbour.precedes(heap[worst], heap[child]) { worst = child }
        guard worst != place else { return }
        heap.swapAt(place, worst)
        place = worst
      }
    }
  }

  var sorted: [Neighbour] { heap.sorted(by: Neighbour.precedes) }
}
