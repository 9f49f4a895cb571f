/// The versions of one model at one moment. A new one takes its place when something changes.
package struct ServedModel: Sendable {
  package let name: String
  /// Open versions, newest first.
  package var versions: [ServedVersion] = []
  /// Versions that were refused, and why, newest first.
  package var refused: [(number: Int, source: FileIdentity, reason: String)] = []
  /// Labels such as "canary", and the version each stands for.
  package var labels: [String: Int] = [:]

  package init(name: String) { self.name = name }

  /// The label that says which version answers when none is asked for; the newest one where there is no such label.
  package static let defaultLabel = "default"

  /// Answers when no version is asked for.
  package var current: ServedVersion? {
    labels[Self.defaultLabel].flatMap { version($0) } ?? versions.first
  }

  package func version(_ number: Int) -> ServedVersion? { versions.first { $0.number == number } }
}

/// Which version of a model is asked for.
package enum VersionChoice: Sendable, Equatable {
  case current
  case number(Int)
  case label(String)
}
