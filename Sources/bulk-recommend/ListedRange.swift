import Artifacts
import CanonicalJSON
import Servable
import StageKit
import SystemFiles

/// A range of the queries whose lists are finished, which lie in a folder beside the block's result.
struct ListedRange: BlockResult {
  let range: Range<Int>
  /// The lists; `nil` if another process made them.
  let blocks: FinishedBlocks?

  init(_ range: Range<Int>, _ blocks: FinishedBlocks) { (self.range, self.blocks) = (range, blocks) }

  init(_ file: ArtifactFile) throws {
    let schema = file.header.schema
    guard let first = schema["first"]?.integer, let end = schema["end"]?.integer, first <= end else {
      throw FileError(file.path, ArtifactError.damaged(part: "the schema"))
    }
    (range, blocks) = (first..<end, nil)
  }

  func publish(to path: String, lineage: Lineage) throws {
    try ArtifactWriter(
      path: path, type: WorkBlocks.type, schema: ["first": JSON(range.lowerBound), "end": JSON(range.upperBound)]
    ).publish(lineage: lineage)
  }
}
