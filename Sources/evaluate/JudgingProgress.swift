import Monitoring

/// Says how far judging is, model by model.
struct JudgingProgress {
  private let parts: Int
  private var progress: WorkProgress
  private var done = 0

  /// - Parameter parts: models to be judged, and the intervals at the end.
  init(parts: Int, say: @escaping (String) -> Void) {
    self.parts = parts
    progress = WorkProgress(parts: parts, say: say)
  }

  /// - Parameter name: of the model that was judged.
  mutating func finished(_ name: String) {
    done += 1
    let (done, models) = (done, parts - 1)
    progress.finished(done, "judged \(done) of \(models) models, the last \(name),")
  }
}
