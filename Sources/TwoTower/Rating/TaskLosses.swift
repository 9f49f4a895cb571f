import CanonicalJSON

/// The losses of both tasks of a training with a rating head, each before its weight.
package struct TaskLosses: Sendable, Equatable {
  /// The mean over batches of the batch's summed softmax; `nil` where it weighs 0.
  package var retrieval: Double?
  /// The mean over batches of the batch's mean squared error; `nil` where it weighs 0.
  package var rating: Double?
  /// The root of the mean squared error over all ratings, each before the step of its batch; `nil` likewise.
  package var rmse: Double?
}

/// The sums of an epoch of which `TaskLosses` are the means.
struct TaskSums: Sendable, Equatable {
  var retrieval = 0.0
  /// Mean squared errors of batches.
  var rating = 0.0
  var squaredErrors = 0.0
  var ratings = 0

  /// The means of an epoch of as many batches.
  func losses(batches: Int, of task: RatingTask) -> TaskLosses {
    let count = Double(max(batches, 1))
    var losses = TaskLosses()
    if task.retrievalWeight > 0 { losses.retrieval = retrieval / count }
    if task.weight > 0 {
      losses.rating = rating / count
      losses.rmse = (squaredErrors / Double(max(ratings, 1))).squareRoot()
    }
    return losses
  }
}

extension TaskLosses {
  var json: JSON {
    var fields: [String: JSON] = [:]
    fields["retrieval"] = retrieval.map { .number($0) }
    fields["rating"] = rating.map { .number($0) }
    fields["rmse"] = rmse.map { .number($0) }
    return .object(fields)
  }

  init(_ json: JSON) {
    (retrieval, rating, rmse) = (json["retrieval"]?.number, json["rating"]?.number, json["rmse"]?.number)
  }
}

extension TaskSums {
  var json: JSON {
    [
      "retrieval": .number(retrieval), "rating": .number(rating), "squared_errors": .number(squaredErrors),
      "ratings": JSON(ratings),
    ]
  }

  init(_ json: JSON) {
    self.init(
      retrieval: json["retrieval"]?.number ?? .nan, rating: json["rating"]?.number ?? .nan,
      squaredErrors: json["squared_errors"]?.number ?? .nan, ratings: max(json["ratings"]?.integer ?? 0, 0))
  }
}
