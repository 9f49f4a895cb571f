import Kernels

/// The second task of a training with a rating head: the mean squared error of a batch's ratings, beside the softmax.
///
/// The loss of a batch is `weight` times its mean squared error plus `retrievalWeight` times its summed softmax, as in
/// TensorFlow Recommenders' guide. What weighs 0 is not computed.
package struct RatingTask: Sendable {
  /// The head, which is trained in place.
  package let head: RatingHead
  /// The rating of each training pair; `nan` for one without.
  package let ratings: [Float]
  package var weight: Float
  package var retrievalWeight: Float
  /// The learning rate of the head's layers; that of all else if not given.
  package var learningRate: Float?

  package init(
    _ head: RatingHead, ratings: [Float], weight: Float = 1, retrievalWeight: Float = 1, learningRate: Float? = nil
  ) {
    precondition(weight >= 0 && retrievalWeight >= 0 && weight + retrievalWeight > 0, "no task has a weight")
    (self.head, self.ratings, self.weight) = (head, ratings, weight)
    (self.retrievalWeight, self.learningRate) = (retrievalWeight, learningRate)
  }
}

/// The mean squared error of a batch's ratings, and its gradients.
struct RatingLoss {
  /// The squared errors of all rated pairs together, before a step.
  let squaredErrors: Double
  let count: Int
  /// The gradients of the head's layers.
  let layers: [Matrix]

  var mean: Double { count == 0 ? 0 : squaredErrors / Double(count) }

  /// Every sum runs in the order of the batch's pairs, whatever the number of threads.
  ///
  /// - Parameters:
  ///   - queries: vectors of the batch's queries, divided by `queryScale`.
  ///   - weight: that gradients are multiplied with; the loss itself is not.
  ///   - gradients: of the vectors as they are given, to which those of this loss are added.
  init(
    of head: RatingHead, _ pairs: RatedPairs, queries: Matrix, candidates: Matrix, queryScale: Float, weight: Float,
    addingTo gradients: (queries: Matrix, candidates: Matrix), threads: Int
  ) {
    let (dimension, ofLayers) = (head.dimension, head.layers.zeros)
    var squaredErrors = 0.0
    for start in stride(from: 0, to: pairs.count, by: DenseLayers.chunk) {
      let part = start..<min(start + DenseLayers.chunk, pairs.count)
      let inputs = Matrix(rows: part.count, columns: 2 * dimension)
      parallelRows(part.count, threads: threads) { row in
        let pair = start + row
        inputs.addScaled(row: pairs.queries[pair], of: queries, by: queryScale, to: row, from: 0)
        inputs.addScaled(row: pairs.candidates[pair], of: candidates, by: 1, to: row, from: dimension)
      }
      let pass = head.layers.pass(inputs, threads: threads)
      let upstream = Matrix(rows: part.count, columns: 1)
      for row in 0..<part.count {
        let error = pass.output[row, 0] - pairs.ratings[start + row]
        squaredErrors += Double(error) * Double(error)
        upstream[row, 0] = weight * 2 * error / Float(pairs.count)
      }
      let ofInputs = head.layers.pullBack(upstream, through: pass, addingTo: ofLayers, threads: threads)
      for row in 0..<part.count {
        let pair = start + row
        gradients.queries.addScaled(row: row, from: 0, of: ofInputs, by: queryScale, to: pairs.queries[pair])
        gradients.candidates.addScaled(row: row, from: dimension, of: ofInputs, by: 1, to: pairs.candidates[pair])
      }
    }
    (self.squaredErrors, count, layers) = (squaredErrors, pairs.count, ofLayers)
  }
}
