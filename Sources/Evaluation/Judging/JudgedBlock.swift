package import Artifacts
import CanonicalJSON
import SystemFiles

/// All models as a block of the queries judges them: what one of several processes hands over to the one that joins
/// them.
package struct JudgedBlock: Sendable {
  /// The models that could be judged, by name, in their order.
  package var models: [(name: String, part: JudgedPart)] = []
  /// The lists of exhaustive search and of an index, if one is measured.
  package var lists: (exact: AnsweredLists, index: AnsweredLists)?

  package init() {}

  package init(_ file: ArtifactFile) throws {
    let schema = file.header.schema
    guard let names = schema["models"]?.array, let queries = schema["queries"]?.integer,
      let lengths = schema["lengths"]?.integer, let slices = schema["slices"]?.integer
    else { throw FileError(file.path, ArtifactError.missingSection("models")) }
    let layout = QuerySums.Layout(lengths: lengths, pairSlices: slices)
    for (number, name) in names.enumerated() {
      let sums: [Double] = try file.read("\(number).sums", shape: [queries, layout.columns])
      let best: [Int32] = try file.read("\(number).best", shape: [2, -1])
      let half = best.count / 2
      models.append(
        (
          name.string ?? "",
          JudgedPart(
            sums: QuerySums(sums, count: queries, layout: layout),
            coverage: Coverage(best: [Array(best[..<half]), Array(best[half...])]))
        ))
    }
    if file.section("exact.0.values") != nil {
      lists = (try AnsweredLists(file, "exact"), try AnsweredLists(file, "index"))
    }
  }

  package func publish(to path: String, lineage: Lineage, type: ArtifactType) throws {
    let layout = models.first?.part.sums.layout ?? QuerySums.Layout(lengths: 0, pairSlices: 0)
    let queries = models.first?.part.sums.count ?? 0
    let writer = try ArtifactWriter(
      path: path, type: type,
      schema: [
        "models": JSON(models.map(\.name)), "queries": JSON(queries), "lengths": JSON(layout.lengths),
        "slices": JSON(layout.pairSlices),
      ])
    for (number, model) in models.enumerated() {
      try writer.add("\(number).sums", model.part.sums.all, shape: [queries, layout.columns])
      let best = model.part.coverage.all
      try writer.add("\(number).best", best.flatMap { $0 }, shape: [2, best.first?.count ?? 0])
    }
    try lists?.exact.add(to: writer, "exact")
    try lists?.index.add(to: writer, "index")
    try writer.publish(lineage: lineage)
  }

  /// A model that all blocks judged, in the parts of the blocks.
  package static func parts(of model: String, in blocks: [JudgedBlock]) -> [JudgedPart] {
    blocks.compactMap { block in block.models.first { $0.name == model }?.part }
  }
}
