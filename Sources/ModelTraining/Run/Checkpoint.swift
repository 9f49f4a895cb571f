import Artifacts
import SystemFiles
import TwoTower

/// The state of a running training, in a folder of its own until the model is published.
struct Checkpoint {
  let folder: String
  let lineage: Lineage

  private func files() -> [(step: Int, path: String)] {
    ((try? Files.list(folder)) ?? []).compactMap { name in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".tandem") else { return nil }
      return Int(name.dropFirst(11).dropLast(7)).map { ($0, "\(folder)/\(name)") }
    }.sorted { $0.step > $1.step }
  }

  func save(_ trainer: any Training) throws {
    try Files.makeFolders(folder)
    let old = files()
    let path = "\(folder)/checkpoint-\(trainer.progress.step).tandem"
    guard !Files.exists(path) else { return }
    try trainer.publish(to: path, lineage: lineage)
    for file in old { Files.remove(file.path) }
  }

  /// Goes on from the newest checkpoint of the same stage, params and inputs; gives its epoch, from 0.
  func resume(_ trainer: any Training) throws -> Int? {
    for file in files() {
      guard let state = try? ArtifactFile(path: file.path, type: TrainingState.type), state.header.lineage == lineage
      else { continue }
      try trainer.resume(from: state)
      return trainer.progress.epoch
    }
    return nil
  }

  func remove() {
    for file in files() { Files.remove(file.path) }
  }
}
