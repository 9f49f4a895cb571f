import Kernels

/// The dense sum of a query's exponentials: at the level that was taken from the exponents.
struct DenseSum {
  var level: Float
  var sum: Float
}

/// The factor of a query's dense exponentials: first of all of them, then, in its own gradient and in those of
/// candidates, together with what its pairs add.
struct DenseShare {
  var exponentials: Float = 1
  var factor: Float
}

extension SampledSoftmax {
  /// Computes what one denominator for all pairs of a query gives: Σ_v w_uv / Z_uv, what the exponentials
  /// at the dense level are multiplied with.
  func finish(_ query: Int, _ dense: DenseSum) -> Float {
    let logTotal = Double(dense.level) + logarithm(Double(dense.sum))
    var (weight, loss) = (Float(0), 0.0)
    for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
      let own = batch.queries.partnerWeights[place]
      weight += own
      loss += Double(own) * (logTotal - keptScore(place))
      unsafe coefficients.pointer[place] = -own
    }
    losses[query] = loss
    return weight / dense.sum
  }

  /// Computes the same if every pair has a denominator of its own: the dense sum has what no mask concerns, and the
  /// query's pairs are added one by one.
  func finishApart(_ query: Int, _ dense: DenseSum) -> DenseShare {
    let places = batch.queries.starts[query]..<batch.queries.starts[query + 1]
    let scores = places.map { keptScore($0) }
    let isAlone = dense.level < Self.masked / 2
    let level = Float(max(isAlone ? -.infinity : Double(dense.level), scores.max() ?? -.infinity))
    var exponents = scores.map { Float($0 - Double(level)) } + [isAlone ? Self.masked : dense.level - level]
    exponentials(of: &exponents)
    let factor = exponents[places.count]
    let rest = isAlone ? 0 : Double(dense.sum * factor)
    let all = places.map { Double(copies(at: $0)) * Double(exponents[$0 - places.lowerBound]) }
    let total = masks.positives == nil ? all.reduce(0, +) : 0
    var (shares, sum, loss) = ([Double](), 0.0, 0.0)
    for place in places {
      let number = place - places.lowerBound
      let own = masks.accidentalHits ? Double(exponents[number]) : all[number]
      let z = rest + (masks.positives == nil ? max(total - all[number], 0) : 0) + own
      let weight = Double(batch.queries.partnerWeights[place])
      shares.append(weight / z)
      sum += weight / z
      loss += weight * (Double(level) + logarithm(z) - scores[number])
    }
    for place in places {
      let number = place - places.lowerBound
      let own = masks.accidentalHits ? Double(exponents[number]) : all[number]
      let asNegative = masks.positives == nil ? all[number] * (sum - shares[number]) : 0
      unsafe coefficients.pointer[place] =
        Float(asNegative + own * shares[number] - Double(batch.queries.partnerWeights[place]))
    }
    losses[query] = loss
    return DenseShare(exponentials: isAlone ? 0 : factor, factor: Float(sum))
  }

  /// Returns s'(u,v) from what the band has put into the place of the coefficient.
  private func keptScore(_ place: Int) -> Double {
    unsafe Double(coefficients.pointer[place]) + Double(corrections[Int(batch.queries.partners[place])])
  }

  private func copies(at place: Int) -> Float { copies[Int(batch.queries.partners[place])] }
}
