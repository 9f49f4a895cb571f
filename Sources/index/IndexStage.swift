import ArgumentParser
import Artifacts
import CandidateIndex
import Interactions
import Kernels
import StageKit
import TwoTower

enum IndexKind: String, ChoiceParam { case exact }

@main
struct IndexStage: Stage {
  static let name = "index"
  static let version = 1
  static let summary = "Build a nearest-neighbour index over the candidate embeddings."
  static let inputs = [Port("model", Model.type), Port("catalog", Catalog.candidates, optional: true)]
  static let outputs = [Port("index", ExactIndex.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("How candidates are searched.", valueName: "kind"))
  var kind = IndexKind.exact

  func run(in context: StageContext) throws {
    let model = try Model(context.input("model"))
    if let catalog = try context.optionalInput("catalog") { try model.requireCandidates(of: Catalog(catalog)) }
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try index.publish(to: context.output("index"), lineage: context.lineage())
    context.note("\(kind.rawValue), \(index.count) candidates of \(index.dimension) dimensions")
  }
}
