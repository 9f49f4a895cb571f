package import Artifacts
package import Evaluation
import StageKit

extension JudgedBlock: BlockResult {
  package func publish(to path: String, lineage: Lineage) throws {
    try publish(to: path, lineage: lineage, type: WorkBlocks.type)
  }
}

extension EvaluateStage {
  /// The models that were judged block by block, with their judgements.
  ///
  /// - Parameter judgement: joins the parts of a model.
  func entries(
    _ blocks: [JudgedBlock], judgement: ([JudgedPart]) -> Judgement
  ) -> [Assessment.Entry] {
    (blocks.first?.models ?? []).map { model in
      Assessment.Entry(model.name, judgement(JudgedBlock.parts(of: model.name, in: blocks)))
    }
  }
}
