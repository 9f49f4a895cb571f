/// The loss of the linear autoencoder in doubles, by the formula: Σ | y / |y| − x / |x| |², y = z A Aᵀ − z, the rows of A
/// brought to unit length first.
struct NaiveAutoencoder {
  /// x and z of each query, densely.
  var target: [[Double]]
  var input: [[Double]]

  func loss(_ parameters: [[Double]]) -> Double {
    let candidates = parameters.map { unit($0) }
    return zip(target, input).reduce(0) { sum, query in
      var bag = [Double](repeating: 0, count: candidates[0].count)
      for (candidate, weight) in zip(candidates, query.1) { bag = zip(bag, candidate).map { $0 + weight * $1 } }
      let output = zip(candidates, query.1).map { candidate, weight in product(candidate, bag) - weight }
      return sum + zip(unit(output), unit(query.0)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
  }

  private func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func unit(_ vector: [Double]) -> [Double] {
    let length = product(vector, vector).squareRoot()
    return length > 1e-12 ? vector.map { $0 / length } : vector.map { _ in 0 }
  }

  /// By central differences.
  func gradient(_ parameters: [[Double]]) -> [[Double]] {
    parameters.indices.map { row in
      parameters[row].indices.map { column in
        func shifted(_ by: Double) -> Double {
          var moved = parameters
          moved[row][column] += by
          return loss(moved)
        }
        return (shifted(1e-5) - shifted(-1e-5)) / 2e-5
      }
    }
  }
}
