/// The share of the machine that a stage takes, how long it may take, and how often it is tried again. None of it is in
/// the cache key.
package struct StageLimits: Sendable, Equatable {
  /// Threads of the stage; all that there are if `nil`.
  package var cpus: Int?
  /// The memory that the stage is expected to need; not counted if `nil`.
  package var memory: ByteSize?
  package var timeout: Timeout?
  /// The time limit of the stage's job on a cluster.
  package var time: Timeout?
  /// The number of attempts after the first.
  package var retries = 0

  package init() {}

  /// The longest time that an attempt may take.
  package struct Timeout: Sendable, Equatable {
    package let seconds: Int
    /// The limit in the words of the pipeline file.
    package let text: String

    package init(seconds: Int, text: String) {
      self.seconds = seconds
      self.text = text
    }
  }

  static let mostRetries = 100
}
