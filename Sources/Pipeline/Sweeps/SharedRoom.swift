import Synchronization

/// The processors and memory that the stages of several runs of this process share.
///
/// Stages are let in in the order in which they ask, except that one for which there is no room yet lets others pass.
final class SharedRoom: Sendable {
  private struct State: Sendable {
    var running: RunningStages
    var waiting: [(ticket: Int, stage: CheckedStage)] = []
    var nextTicket = 0

    mutating func take(for stage: CheckedStage) -> Int {
      nextTicket += 1
      waiting.append((nextTicket, stage))
      return nextTicket
    }

    /// - Returns: `false` if there is no room, or somebody else is to be let in first.
    mutating func letIn(_ ticket: Int) -> Bool {
      guard let place = waiting.firstIndex(where: { running.hasRoom(for: $0.stage) }), waiting[place].ticket == ticket
      else { return false }
      running.add(waiting.remove(at: place).stage, as: "\(ticket)")
      return true
    }
  }

  private static let pollSeconds = 0.01

  private let state: Mutex<State>

  init(_ capacity: Capacity) { state = Mutex(State(running: RunningStages(capacity: capacity))) }

  /// Waits for room.
  ///
  /// - Returns: what `leave` is to be called with.
  /// - Throws: `Stopped` if a signal ends the waiting.
  func enter(_ stage: CheckedStage, _ signals: StopSignals) throws -> Int {
    let ticket = state.withLock { $0.take(for: stage) }
    do {
      while !state.withLock({ $0.letIn(ticket) }) { try signals.sleep(seconds: Self.pollSeconds) }
    } catch {
      state.withLock { $0.waiting.removeAll { $0.ticket == ticket } }
      throw error
    }
    return ticket
  }

  func leave(_ ticket: Int) { state.withLock { $0.running.remove("\(ticket)") } }
}
