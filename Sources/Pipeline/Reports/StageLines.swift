import DisplayText

/// Lines about stages, with the names in one column.
struct StageLines: Sendable {
  /// The length of the longest name.
  let width: Int

  init(_ names: some Sequence<String>) { width = names.map(\.count).max() ?? 0 }

  func line(_ word: String, _ stage: String, _ text: String) -> String {
    "\(word.padded(to: 6)) \(stage.padded(to: width))  \(text)"
  }
}
