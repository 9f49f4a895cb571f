/// The stages that may run: those whose parents have finished, in the order in which they were given.
///
/// `start` may be called again before the given stages have finished, so the same value serves one stage at a time and
/// several side by side.
struct Schedule {
  /// The stages that have not started, in order.
  private(set) var waiting: [(name: String, parents: Set<String>)]
  private var unfinished: Set<String>

  /// - Parameter stages: parents that are not among them count as finished.
  init(_ stages: [(name: String, parents: Set<String>)]) {
    waiting = stages
    unfinished = Set(stages.map(\.name))
  }

  /// Takes the first stage that may run; nil while all that wait have unfinished parents, and at the end.
  ///
  /// - Complexity: O(*n* · *p*) for *n* waiting stages of up to *p* parents.
  mutating func start() -> String? {
    waiting.firstIndex { unfinished.isDisjoint(with: $0.parents) }.map { waiting.remove(at: $0).name }
  }

  mutating func finish(_ stage: String) { unfinished.remove(stage) }
}
