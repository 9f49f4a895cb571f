import ArgumentParser
import Pipeline

extension ByteSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// Options of what stages that run side by side may take together.
struct SharingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most stages at a time. A stage that names no number of processors takes an equal part; without this option it takes all, and runs alone.",
      valueName: "number"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp("Processors for all stages together; by default all that there are.", valueName: "number"))
  var cpus: Int?

  @Option(
    help: ArgumentHelp(
      "Memory for all stages together, such as 8GB, of those that say how much they need; by default what the machine has free.",
      valueName: "size"))
  var memory: ByteSize?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is \(jobs); give at least 1") }
    if let cpus, cpus < 1 { throw ValidationError("--cpus is \(cpus); give at least 1") }
  }

  var capacity: Capacity {
    var capacity = Capacity()
    if let cpus { capacity.cpus = cpus }
    if let memory { capacity.memory = memory.bytes }
    capacity.jobs = jobs
    return capacity
  }
}
