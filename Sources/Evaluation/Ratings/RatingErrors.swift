import Kernels
import MetricTable

/// The errors of some predictors of the same ratings, summed by query, with what a bootstrap over queries makes of them.
struct RatingErrors {
  /// A predictor by its name, with its predictions.
  struct Predictor {
    let name: String
    let predictions: [Float]
  }

  enum Measure: String, CaseIterable {
    /// The root of the mean squared error.
    case rmse
    /// The mean absolute error.
    case mae

    fileprivate func value(of mean: Double) -> Double { self == .rmse ? mean.squareRoot() : mean }

    fileprivate func error(_ difference: Double) -> Double { self == .rmse ? difference * difference : abs(difference) }
  }

  private let predictors: [Predictor]
  /// Sums of errors, predictor by predictor and in each measure by measure; then the number of ratings.
  private let totals: [Double]
  /// The same of each resample; `nil` without a bootstrap.
  private let resampled: Matrix?

  /// - Parameters:
  ///   - ratings: what is predicted.
  ///   - queries: the place of each rating's query among `queryCount`.
  init(_ predictors: [Predictor], ratings: [Double], queries: [Int], queryCount: Int, resampling: Resampling) {
    self.predictors = predictors
    let columns = predictors.count * Measure.allCases.count + 1
    var sums = [Double](repeating: 0, count: queryCount * columns)
    for (row, rating) in ratings.enumerated() {
      let start = queries[row] * columns
      for (number, predictor) in predictors.enumerated() {
        for (place, measure) in Measure.allCases.enumerated() {
          sums[start + number * Measure.allCases.count + place] += measure.error(
            Double(predictor.predictions[row]) - rating)
        }
      }
      sums[start + columns - 1] += 1
    }
    totals = (0..<columns).map { column in (0..<queryCount).reduce(0) { $0 + sums[$1 * columns + column] } }
    let table = Resampling.Table(
      queries: Array(0..<queryCount),
      values: Matrix(rows: queryCount, columns: columns, values: sums.map { Float($0) }))
    resampled =
      resampling.count > 0 ? resampling.totals(.bootstrap, of: [table], queryCount: queryCount)[0] : nil
  }

  private func column(_ predictor: Int, _ measure: Measure) -> Int {
    predictor * Measure.allCases.count + (measure == .rmse ? 0 : 1)
  }

  func value(_ predictor: Int, _ measure: Measure) -> Double {
    measure.value(of: totals[column(predictor, measure)] / totals[totals.count - 1])
  }

  func interval(_ predictor: Int, _ measure: Measure) -> Interval? {
    resampled.flatMap { Interval(middleOf: values(predictor, measure, $0)) }
  }

  /// The interval of how much greater a predictor's measure is than the first one's, query by query the same resamples.
  func intervalOfLead(over predictor: Int, _ measure: Measure) -> Interval? {
    resampled.flatMap { resampled in
      Interval(middleOf: zip(values(predictor, measure, resampled), values(0, measure, resampled)).map { $0 - $1 })
    }
  }

  private func values(_ predictor: Int, _ measure: Measure, _ resampled: Matrix) -> [Float] {
    Assessment.ratios(resampled, column(predictor, measure), totals.count - 1).map {
      Float(measure.value(of: Double($0)))
    }
  }
}
