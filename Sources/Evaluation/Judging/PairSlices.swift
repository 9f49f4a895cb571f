/// Parts of the held-out pairs that are looked at by themselves; a pair may be in several.
package struct PairSlices: Sendable {
  package private(set) var names: [String] = []
  private var starts: [Int] = []
  private var entries: [(slice: Int, count: Int32)] = []

  package init() {}

  /// How often the pair of a target is in each slice.
  subscript(target: Int) -> ArraySlice<(slice: Int, count: Int32)> {
    starts.isEmpty ? [] : entries[starts[target]..<starts[target + 1]]
  }
}
