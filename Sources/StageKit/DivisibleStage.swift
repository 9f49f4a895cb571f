import ArgumentParser

/// A stage whose work can be divided into blocks, each done by a process of its own, and whose outputs are the same for
/// any number of them.
///
/// Its `run(in:)` calls `StageContext.blocks(of:_:)` once.
package protocol DivisibleStage: Stage {
  var blocks: BlockOptions { get }
}

/// A divisible stage whose blocks share one piece of work in the work folder: each does what no other one has done or does,
/// and may wait for the others' results, though it needs none of them to be alive.
///
/// Its `run(in:)` returns without publishing if `StageContext.block` is not `nil`. It does not call
/// `StageContext.blocks(of:_:)`.
package protocol CooperativeStage: DivisibleStage {}

/// The options by which a divisible stage does one block, or makes its outputs of all.
package struct BlockOptions: OutsideTheKey {
  @Option(
    help: ArgumentHelp(
      "Number of blocks that the work is divided into; what --work has of them is not done again.",
      valueName: "number"))
  var blocks: Int?

  @Option(
    help: ArgumentHelp(
      "Do this block alone, from 1, keep its result in --work, and publish nothing.", valueName: "number"))
  var block: Int?

  package init() {}

  static let most = 1000

  /// `true` if the work is divided.
  package var areGiven: Bool { blocks != nil }

  package func validate() throws {
    if let blocks, !(1...Self.most ~= blocks) {
      throw ValidationError("--blocks is \(blocks); give 1 to \(Self.most)")
    }
    guard let block else { return }
    guard let blocks else {
      throw ValidationError("--block is given without --blocks; say with --blocks how many there are")
    }
    guard 1...blocks ~= block else { throw ValidationError("--block is \(block); give 1 to \(blocks)") }
  }

  /// The division that the options ask for; `nil` if the work is not divided.
  func division(in work: String?) throws -> WorkBlocks? {
    guard let blocks else { return nil }
    guard let work else {
      throw ValidationError("--blocks is given without --work; name the folder that keeps what the blocks make")
    }
    return WorkBlocks(count: blocks, only: block, folder: work)
  }
}
