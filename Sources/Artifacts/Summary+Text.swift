import DisplayText

extension Summary {
  /// Lines for a terminal.
  package var lines: [String] { items.flatMap { Self.lines(of: $0) } }

  package static func lines(of item: Item) -> [String] {
    switch item {
    case .fact(let name, let value): return ["\(name.printable): \(value.printable)"]
    case .list(let title, let items): return ["\(title.printable):"] + items.map { "  \($0.printable)" }
    case .table(let title, let columns, let rows):
      return ["\(title.printable):"] + alignedColumns([columns] + rows).map { "  \($0)" }
    case .curve(let title, let x, let y, let points):
      let rows = shown(points.count).map { ["\($0 + 1)", readable(points[$0]), bar(points[$0], among: points)] }
      return ["\(title.printable):"] + alignedColumns([[x, y, ""]] + rows).map { "  \($0)" }
    }
  }

  /// Points of a curve that a person is shown: all of a few, some twenty of many, the first and the last among them.
  private static func shown(_ count: Int) -> [Int] {
    guard count > 25 else { return Array(0..<count) }
    return (0...20).map { $0 * (count - 1) / 20 }
  }

  /// A bar from zero; nothing where a point is below.
  private static func bar(_ value: Double, among points: [Double]) -> String {
    let finite = points.filter(\.isFinite)
    guard value.isFinite, let least = finite.min(), let greatest = finite.max(), least >= 0, greatest > 0 else {
      return ""
    }
    return String(repeating: "█", count: Int((value / greatest * 32).rounded()))
  }
}
