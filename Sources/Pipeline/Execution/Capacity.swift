import ParallelLoops
import SystemFiles

/// The processors and memory that stages running side by side may take together.
package struct Capacity: Sendable {
  /// Threads of all stages.
  package var cpus: Int
  /// Memory of those stages that say how much they need; without limit if `nil`.
  package var memory: Int?
  /// The most stages at a time; as many as there is room for if `nil`.
  package var jobs: Int?

  package init(cpus: Int = availableProcessors(), memory: Int? = availableMemory(), jobs: Int? = nil) {
    self.cpus = cpus
    self.memory = memory
    self.jobs = jobs
  }

  /// The part that one stage takes.
  struct Share: Sendable {
    let cpus: Int
    let memory: Int
  }

  /// A stage that names no number takes all processors, so that it runs alone, or where there is a number of jobs an
  /// equal part. One that needs more than there is takes all there is, and one whose work is divided as much as the
  /// blocks that run at a time.
  func share(of stage: CheckedStage) -> Share {
    let process = processShare(of: stage)
    let blocks = blocksAtATime(of: stage)
    return Share(cpus: process.cpus * blocks, memory: process.memory * blocks)
  }

  /// The part that one process of a stage takes.
  private func processShare(of stage: CheckedStage) -> Share {
    let equal = max(1, cpus / max(jobs ?? 1, 1))
    let memory = stage.limits.memory?.bytes ?? 0
    return Share(cpus: min(stage.limits.cpus ?? equal, cpus), memory: min(memory, self.memory ?? memory))
  }

  /// The number of blocks of a stage for which there is room.
  func blocksAtATime(of stage: CheckedStage) -> Int {
    guard stage.limits.blocks > 1 else { return 1 }
    let process = processShare(of: stage)
    let byMemory = self.memory.map { process.memory > 0 ? $0 / process.memory : .max } ?? .max
    return max(1, min(stage.limits.blocks, cpus / max(process.cpus, 1), byMemory, jobs ?? .max))
  }

  /// Threads for a stage; `nil` for as many as it likes.
  ///
  /// - Parameter most: threads that the user allows.
  func threads(of stage: CheckedStage, most: Int?) -> Int? {
    guard jobs != nil || stage.limits.cpus != nil else { return most }
    return min(processShare(of: stage).cpus, most ?? .max)
  }

  /// `true` if some of these stages could run at the same time.
  func allowsSeveral(of stages: [CheckedStage]) -> Bool {
    let least = stages.map { share(of: $0).cpus }.sorted().prefix(2)
    return least.count == 2 && least.reduce(0, +) <= cpus && (jobs ?? 2) > 1
  }
}

/// The stages that run at the moment, and whether there is room for more.
struct RunningStages {
  let capacity: Capacity
  private var shares: [String: Capacity.Share] = [:]

  init(capacity: Capacity) { self.capacity = capacity }

  var names: [String] { shares.keys.sorted() }
  var isEmpty: Bool { shares.isEmpty }

  private var cpus: Int { shares.values.reduce(0) { $0 + $1.cpus } }

  /// `true` if there is room for no stage whatever.
  var isFull: Bool { cpus >= capacity.cpus || capacity.jobs.map { shares.count >= $0 } == true }

  /// `true` whenever nothing runs.
  func hasRoom(for stage: CheckedStage) -> Bool {
    guard !isFull else { return false }
    let share = capacity.share(of: stage)
    let memory = shares.values.reduce(0) { $0 + $1.memory }
    return cpus + share.cpus <= capacity.cpus && (capacity.memory.map { memory + share.memory <= $0 } ?? true)
  }

  /// - Parameter name: the stage's, if `nil`.
  mutating func add(_ stage: CheckedStage, as name: String? = nil) {
    shares[name ?? stage.name] = capacity.share(of: stage)
  }

  mutating func remove(_ stage: String) { shares[stage] = nil }
}
