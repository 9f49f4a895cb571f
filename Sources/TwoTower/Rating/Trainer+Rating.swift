import Kernels
import Tables

extension Trainer {
  /// The loss of a batch, and its gradients.
  struct Outcome {
    let loss: Double
    /// The gradients of the vectors of the batch's queries and candidates, row by row.
    let queries: Matrix
    let candidates: Matrix
    /// The gradients of the rating head's layers; none where it takes no step.
    let head: [Matrix]
  }

  /// The loss of a batch: that of the softmax or, where there is a rating head, of both tasks by their weights.
  ///
  /// - Parameter vectors: of the batch's queries and candidates, as they are scored.
  func outcome(
    of batch: Batch, _ vectors: [ScaledVectors], _ positives: MaskedColumns?, _ rated: RatedPairs?
  ) -> Outcome {
    guard let task = settings.rating else {
      let outcome = softmax(batch, vectors, positives)
      return Outcome(loss: outcome.loss, queries: outcome.queries, candidates: outcome.candidates, head: [])
    }
    let (retrieval, gradients) = retrieval(batch, vectors, positives, weight: task.retrievalWeight)
    progress.tasks?.retrieval += retrieval
    guard task.weight > 0, let rated, rated.count > 0 else {
      return Outcome(
        loss: Double(task.retrievalWeight) * retrieval, queries: gradients.queries, candidates: gradients.candidates,
        head: [])
    }
    let rating = RatingLoss(
      of: task.head, rated, queries: vectors[0].matrix, candidates: vectors[1].matrix,
      queryScale: settings.objective.temperature, weight: task.weight, addingTo: gradients, threads: settings.threads)
    progress.tasks?.rating += rating.mean
    progress.tasks?.squaredErrors += rating.squaredErrors
    progress.tasks?.ratings += rating.count
    return Outcome(
      loss: Double(task.retrievalWeight) * retrieval + Double(task.weight) * rating.mean, queries: gradients.queries,
      candidates: gradients.candidates, head: rating.layers)
  }

  /// The softmax of a batch before its weight, and its gradients times the weight; nothing of it is computed where it
  /// weighs 0.
  private func retrieval(
    _ batch: Batch, _ vectors: [ScaledVectors], _ positives: MaskedColumns?, weight: Float
  ) -> (loss: Double, gradients: (queries: Matrix, candidates: Matrix)) {
    guard weight > 0 else {
      let zeros = vectors.map { Matrix(rows: $0.matrix.rows, columns: $0.matrix.columns) }
      return (0, (zeros[0], zeros[1]))
    }
    let outcome = softmax(batch, vectors, positives)
    if weight != 1 {
      for matrix in [outcome.queries, outcome.candidates] {
        for row in 0..<matrix.rows { matrix.scale(row: row, by: weight) }
      }
    }
    return (outcome.loss, (outcome.queries, outcome.candidates))
  }

  /// The steps of the head's layers.
  ///
  /// - Parameters:
  ///   - rate: the schedule's learning rate.
  ///   - number: of the step, from 1.
  func headSteps(_ gradients: [Matrix], rate: Double, number: Int) -> [ParameterStep] {
    let factor = settings.rating?.learningRate.map { Double($0) / Double(settings.learningRate) } ?? 1
    return zip(headOptimizers, gradients).map { optimizer, matrix in
      let rows = (0..<matrix.rows).map { EmbeddingRow(index: $0) }
      return ParameterStep(
        optimizer, ParameterGradients(rows: rows, occurrences: rows.map { _ in 1 }, matrix: matrix), Regularization(),
        learningRate: rate * factor, step: number, threads: settings.threads)
    }
  }
}

extension RatingTask {
  /// A line for people about the head, and what it learns from.
  var description: String {
    let rated = ratings.count { !$0.isNaN }
    let without = rated == ratings.count ? "" : ", \(ratings.count - rated) pairs without count for retrieval alone"
    let weightless = weight == 0 ? ", which weighs 0 and stays as it was drawn" : ""
    return "rating head \(head.shape) of \(rated) ratings\(without)\(weightless)"
  }
}
