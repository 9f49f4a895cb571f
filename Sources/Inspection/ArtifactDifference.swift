package import Artifacts
import CanonicalJSON
import DisplayText
import Tables

/// A description of the differences between two artifacts.
package struct ArtifactDifference {
  package private(set) var lines: [String] = []
  /// `true` if their contents are equal, whatever their lineage.
  package let isSameContent: Bool

  package init(_ left: ArtifactFile, _ right: ArtifactFile) throws {
    let (a, b) = (left.header, right.header)
    isSameContent = a.digest == b.digest
    if a.type != b.type { lines.append("type: \(a.type) | \(b.type)") }
    if a.typeVersion != b.typeVersion { lines.append("type version: \(a.typeVersion) | \(b.typeVersion)") }
    addLineage(a.lineage, b.lineage)
    guard !isSameContent else { return }
    addFacts(a.summary, b.summary)
    let (ours, theirs) = (Table.names(in: left), Table.names(in: right))
    for name in ours where theirs.contains(name) { addTable(try Table(name, from: left), try Table(name, from: right)) }
    for name in ours where !theirs.contains(name) { lines.append("table \(name): only in the first") }
    for name in theirs where !ours.contains(name) { lines.append("table \(name): only in the second") }
    try addSections(left, right)
  }

  private mutating func addLineage(_ a: Lineage, _ b: Lineage) {
    if a.stage != b.stage { lines.append("made by: \(a.stage) | \(b.stage)") }
    if a.stageVersion != b.stageVersion { lines.append("stage version: \(a.stageVersion) | \(b.stageVersion)") }
    for name in Set(a.params.keys).union(b.params.keys).sorted() where a.params[name] != b.params[name] {
      lines.append("param \(name): \(a.params[name]?.text ?? "none") | \(b.params[name]?.text ?? "none")")
    }
    for name in Set(a.inputs.keys).union(b.inputs.keys).sorted() where a.inputs[name] != b.inputs[name] {
      lines.append("input \(name): \(a.inputs[name]?.short ?? "none") | \(b.inputs[name]?.short ?? "none")")
    }
  }

  private mutating func addFacts(_ a: Summary, _ b: Summary) {
    func facts(_ summary: Summary) -> [(String, String)] {
      summary.items.compactMap { if case .fact(let name, let value) = $0 { (name, value) } else { nil } }
    }
    let other = Dictionary(facts(b)) { first, _ in first }
    for (name, value) in facts(a) where other[name].map({ $0 != value }) == true {
      lines.append("\(name): \(value) | \(other[name] ?? "")")
    }
  }

  private mutating func addTable(_ a: Table, _ b: Table) {
    if let metrics = MetricsDifference(a, b) {
      lines += metrics.lines
      return
    }
    let what = "table \(a.name)"
    if a.rows != b.rows { lines.append("\(what): \(grouped(a.rows)) rows | \(grouped(b.rows)) rows") }
    for column in a.columns {
      guard let other = b.column(column.name) else {
        lines.append("\(what): column \(column.name) only in the first")
        continue
      }
      guard other.kind == column.kind else {
        lines.append("\(what): column \(column.name): \(column.kind) | \(other.kind)")
        continue
      }
      let different = (0..<min(a.rows, b.rows)).filter { column.json($0) != other.json($0) }
      guard let first = different.first else { continue }
      lines.append(
        "\(what): column \(column.name): \(grouped(different.count)) rows differ, first row \(first): "
          + "\(shortened(column.text(first), 32)) | \(shortened(other.text(first), 32))")
    }
    for column in b.columns where a.column(column.name) == nil {
      lines.append("\(what): column \(column.name) only in the second")
    }
  }

  private mutating func addSections(_ left: ArtifactFile, _ right: ArtifactFile) throws {
    for section in left.tensors {
      guard let other = right.section(section.name) else {
        lines.append("section \(section.name): only in the first")
        continue
      }
      guard section.digest != other.digest else { continue }
      guard section.type == other.type, section.shape == other.shape else {
        lines.append("section \(section.name): \(section.type) \(section.shape) | \(other.type) \(other.shape)")
        continue
      }
      guard section.type == .f32 else {
        lines.append("section \(section.name): its contents differ")
        continue
      }
      let pairs = zip(try left.read(section.name, as: Float.self), try right.read(section.name, as: Float.self))
      let gaps = pairs.map { abs(Double($0) - Double($1)) }.filter { $0 > 0 }
      lines.append(
        "section \(section.name): \(grouped(gaps.count)) of \(grouped(section.count)) values differ, "
          + "by \(readable(gaps.max() ?? 0)) at the most")
    }
    for section in right.tensors where left.section(section.name) == nil {
      lines.append("section \(section.name): only in the second")
    }
  }
}
