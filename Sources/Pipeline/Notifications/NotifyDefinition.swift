/// Commands that run when a run has ended: a program and its arguments each, empty if there is none.
package struct NotifyDefinition: Sendable, Equatable {
  package var success: [String] = []
  package var failure: [String] = []

  package init(success: [String] = [], failure: [String] = []) {
    self.success = success
    self.failure = failure
  }

  /// The command for the end of a run in `state`; empty for a run that was stopped, since whoever stopped it knows.
  func command(for state: String) -> [String] {
    switch state {
    case "finished": success
    case "failed": failure
    default: []
    }
  }
}
