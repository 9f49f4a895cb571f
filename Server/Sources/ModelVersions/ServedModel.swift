/// A snapshot of the versions of one model; a change replaces it by another.
package struct ServedModel: Sendable {
  package let name: String
  /// Open versions, newest first.
  package var versions: [ServedVersion] = []
  /// The refused versions with their reasons, newest first.
  package var refused: [RefusedVersion] = []
  /// The version of each label, such as "canary".
  package var labels: [String: Int] = [:]
  /// The error of the labels' file, whose labels are unknown; `nil` if all labels are known.
  package var labelsError: ModelVersionsError?
  /// The last known identities of files that are being written to, by path.
  var unsettled: [String: FileIdentity] = [:]

  package init(name: String) { self.name = name }

  /// The label of the version that answers requests without one; without this label the newest version does.
  package static let defaultLabel = "default"

  /// The version that answers requests without one; `nil` if the labelled version is not served or unknown.
  package var current: ServedVersion? {
    if let labelled = labels[Self.defaultLabel] { return version(labelled) }
    return labelsError == nil ? versions.first : nil
  }

  package var isReady: Bool { current != nil }

  /// The reason why requests without a version are not answered, with a remedy; `nil` if they are.
  package var notReadyReason: String? {
    guard !isReady else { return nil }
    if labels[Self.defaultLabel] != nil { return reason(against: Self.defaultLabel) }
    if let labelsError { return labelsError.reason }
    guard let newest = refused.first else { return "it has no versions; publish one" }
    return "version \(newest.number) is refused (\(newest.reason)); publish another"
  }

  package func version(_ number: Int) -> ServedVersion? { versions.first { $0.number == number } }

  /// Returns the reason why a label leads to no version; `nil` if it does, or if there is no such label.
  package func reason(against label: String) -> String? {
    guard let number = labels[label] else { return labelsError?.reason }
    guard version(number) == nil else { return nil }
    let refusal = refused.first { $0.number == number }
    let state = refusal.map { "is refused (\($0.reason)); fix it" } ?? "is not there; put it back"
    let served = versions.map { "\($0.number)" }.joined(separator: ", ")
    let others = served.isEmpty ? "" : ", or move the label to what is served: \(served)"
    return "label \"\(label)\" names version \(number), which \(state)\(others)"
  }

  /// Adds a version, replacing one of the same number.
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

  /// Removes all but the newest `keep` versions and those with labels.
  mutating func drop(keep: Int) {
    let labelled = Set(labels.values)
    let newest = Set(versions.prefix(keep).map(\.number))
    versions.removeAll { !newest.contains($0.number) && !labelled.contains($0.number) }
  }
}

/// A request's choice of a version of a model.
package enum VersionChoice: Sendable, Equatable {
  case current
  case number(Int)
  case label(String)
}
