/// The versions of one model at one moment. A new one takes its place when something changes.
package struct ServedModel: Sendable {
  package let name: String
  /// Open versions, newest first.
  package var versions: [ServedVersion] = []
  /// Versions that were refused, and why, newest first.
  package var refused: [RefusedVersion] = []
  /// Labels such as "canary", and the version each stands for.
  package var labels: [String: Int] = [:]
  /// Why more labels may have been given than are known; nil if all are known.
  package var labelsFailure: VersionLabels.Failure?
  /// Files that are being written to, as they were when last looked at, by path.
  var unsettled: [String: FileIdentity] = [:]

  package init(name: String) { self.name = name }

  /// The label that says which version answers when none is asked for; the newest one where there is no such label.
  package static let defaultLabel = "default"

  /// Answers when no version is asked for; nil where the version that is pinned is not served, or not known.
  package var current: ServedVersion? {
    if let pinned = labels[Self.defaultLabel] { return version(pinned) }
    return labelsFailure == nil ? versions.first : nil
  }

  package var isReady: Bool { current != nil }

  /// Why no version answers when none is asked for, and what would help; nil if one does.
  package var notReadyReason: String? {
    guard !isReady else { return nil }
    if labels[Self.defaultLabel] != nil { return reason(against: Self.defaultLabel) }
    if let labelsFailure { return labelsFailure.reason }
    guard let newest = refused.first else { return "it has no versions; publish one" }
    return "version \(newest.number) is refused (\(newest.reason)); publish another"
  }

  package func version(_ number: Int) -> ServedVersion? { versions.first { $0.number == number } }

  /// Why a label does not lead to a version; nil if it does, or if there is no such label.
  package func reason(against label: String) -> String? {
    guard let number = labels[label] else { return labelsFailure?.reason }
    guard version(number) == nil else { return nil }
    let refusal = refused.first { $0.number == number }
    let state = refusal.map { "is refused (\($0.reason)); mend it" } ?? "is not there; put it back"
    let served = versions.map { "\($0.number)" }.joined(separator: ", ")
    let others = served.isEmpty ? "" : ", or move the label to what is served: \(served)"
    return "label \"\(label)\" names version \(number), which \(state)\(others)"
  }

  /// Puts a version in place of what had its number.
  mutating func put(_ version: ServedVersion) {
    versions.removeAll { $0.number == version.number }
    versions.append(version)
    versions.sort { $0.number > $1.number }
    refused.removeAll { $0.number == version.number }
  }

  mutating func put(_ refusal: RefusedVersion) {
    refused.removeAll { $0.number == refusal.number }
    refused.append(refusal)
    refused.sort { $0.number > $1.number }
  }

  /// Lets go of all but the newest `keep` versions and those that have labels.
  mutating func drop(keep: Int) {
    let labelled = Set(labels.values)
    let newest = Set(versions.prefix(keep).map(\.number))
    versions.removeAll { !newest.contains($0.number) && !labelled.contains($0.number) }
  }
}

/// Which version of a model is asked for.
package enum VersionChoice: Sendable, Equatable {
  case current
  case number(Int)
  case label(String)
}
