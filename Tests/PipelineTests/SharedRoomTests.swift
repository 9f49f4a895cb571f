import Glibc
import ParallelLoops
import Testing

@testable import Pipeline

@Suite("Room that stages of several runs share")
struct SharedRoomTests {
  private func stage(cpus: Int) -> CheckedStage {
    var stage = CheckedStage(
      name: "s", program: Program(path: "/s", identity: "1"),
      description: StageDescription(contract: 1, version: 1, inputs: [], outputs: [], params: []), inputs: [:],
      givenParams: [:], environment: [:])
    stage.limits.cpus = cpus
    return stage
  }

  @Test("goes to those for whom there is enough, though others have waited longer", .timeLimit(.minutes(10)))
  func passing() throws {
    let signals = try StopSignals()
    let room = SharedRoom(Capacity(cpus: 4, memory: nil))
    let large = stage(cpus: 3)
    let first = try room.enter(large, signals)
    let entered = try Mailbox<Int>()
    let waiting = POSIXThread { if let ticket = try? room.enter(large, signals) { entered.put(ticket) } }
    try #require(waiting).detach()
    usleep(100_000)
    let third = try room.enter(stage(cpus: 1), signals)
    room.leave(first)
    let second = entered.take()
    #expect([first, second, third] == [1, 2, 3])
    room.leave(second)
    room.leave(third)
    // All of it is free again.
    room.leave(try room.enter(stage(cpus: 64), signals))
  }
}
