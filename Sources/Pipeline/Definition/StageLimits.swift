/// The share of the machine that a stage, or each block of it, takes, how long it may take, and how often it is tried
/// again. None of it is in the cache key.
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
  /// The number of blocks that the work is divided into, each done by a process of its own; 1 if it is not.
  package var blocks = 1

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
  static let mostBlocks = 1000
}
