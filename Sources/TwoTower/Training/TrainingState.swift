import Artifacts
import CanonicalJSON
import Interactions
import Kernels
import SystemFiles

/// All that the next step of a training depends on, in a file: tables before normalisation, the optimizers' memory,
/// and how far training is. A training that goes on from it ends in the same bytes as one that never stopped; one that
/// starts anew from it, over a vocabulary that has grown, is a warm start.
package enum TrainingState {
  package static let type = ArtifactType("training-state", version: 1)

  package enum Failure: Error, CustomStringConvertible {
    case otherDimension(Int, wanted: Int)
    case otherColumns(String, wanted: String)

    package var description: String {
      switch self {
      case .otherDimension(let found, let wanted):
        "the earlier training has \(found) dimensions and this one \(wanted); give --dimension=\(found)"
      case .otherColumns(let found, let wanted):
        "the earlier training is about \(found), and this one about \(wanted); start without it"
      }
    }
  }
}

/// How many rows of each table came from an earlier training, of how many.
package struct WarmStart: Sendable, Equatable {
  package var queries: (kept: Int, all: Int)
  package var candidates: (kept: Int, all: Int)

  package static func == (a: WarmStart, b: WarmStart) -> Bool {
    a.queries == b.queries && a.candidates == b.candidates
  }
}

extension Trainer {
  package func writeRest(to writer: ArtifactWriter) throws {
    guard let probabilities, !probabilities.gaps.isEmpty else { return }
    try writer.add("sampling_gaps", probabilities.gaps, codec: .raw)
    try writer.add("sampling_last_pairs", probabilities.lastPairs, codec: .raw)
  }

  package func readRest(from file: ArtifactFile) throws {
    guard probabilities?.gaps.isEmpty == false else { return }
    probabilities?.gaps = try file.read("sampling_gaps", shape: [candidateTower.table.rows])
    probabilities?.lastPairs = try file.read("sampling_last_pairs", shape: [candidateTower.table.rows])
  }
}

extension Training {
  package func publish(to path: String, lineage: Lineage) throws {
    let model = self.model
    var schema = model.vocabularies.schema
    schema["dimension"] = JSON(model.dimension)
    schema["optimizer"] = JSON(method)
    schema["progress"] = progress.json
    let writer = try ArtifactWriter(path: path, type: TrainingState.type, schema: .object(schema))
    try model.vocabularies.write(to: writer)
    func add(_ name: String, _ matrix: Matrix) throws {
      try writer.add(name, matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    }
    for side in sides {
      try add("\(side.name)_table", side.table)
      for (number, memory) in side.memory.enumerated() { try add("\(side.name)_memory_\(number)", memory) }
    }
    if let best {
      try add("best_query_table", best.queries)
      try add("best_candidate_table", best.candidates)
    }
    if let trained {
      try writer.add("query_trained", trained.queries.map { $0 ? UInt8(1) : 0 })
      try writer.add("candidate_trained", trained.candidates.map { $0 ? UInt8(1) : 0 })
    }
    try writeRest(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary([
        .fact("epochs", "\(progress.epoch)"), .fact("steps", "\(progress.step)"),
        .fact("optimizer", method), .fact("dimension", "\(model.dimension)"),
      ]))
  }

  /// Goes back to where the file stands, in a training with the same vocabularies and settings.
  package func resume(from file: ArtifactFile) throws {
    for side in sides {
      try side.table.fill(from: file, "\(side.name)_table")
      for (number, memory) in side.memory.enumerated() { try memory.fill(from: file, "\(side.name)_memory_\(number)") }
    }
    if file.section("best_query_table") != nil {
      let tables = (sides[0].table.copy(), sides[1].table.copy())
      try tables.0.fill(from: file, "best_query_table")
      try tables.1.fill(from: file, "best_candidate_table")
      best = tables
    }
    try readRest(from: file)
    progress = try naming(file.path) { try Trainer.Progress(file.header.schema["progress"]) }
  }

  /// Takes rows and their optimizer's memory from an earlier training, value by value of the vocabularies; rows that
  /// it does not have stay as they were initialised. Memory is taken where the optimizer is the same.
  package func warmStart(from file: ArtifactFile) throws -> WarmStart {
    let earlier = try Vocabularies(file)
    let own = model.vocabularies
    return try naming(file.path) {
      let dimension = file.header.schema["dimension"]?.integer ?? 0
      guard dimension == model.dimension else {
        throw TrainingState.Failure.otherDimension(dimension, wanted: model.dimension)
      }
      let columns = [earlier, own].map { "\($0.query.column) and \($0.candidate.column)" }
      guard columns[0] == columns[1] else {
        throw TrainingState.Failure.otherColumns(columns[0], wanted: columns[1])
      }
      let isSame = file.header.schema["optimizer"]?.string == method
      func take(_ side: TrainedSide, _ old: Vocabulary, _ new: Vocabulary) throws -> (Int, Int) {
        let rows = [0] + (1..<max(new.rows, 1)).map { old.row(of: new[row: $0]) }
        let memory = isSame ? side.memory.enumerated().map { ("\(side.name)_memory_\($0)", $1) } : []
        for (name, matrix) in [("\(side.name)_table", side.table)] + memory {
          let values: [Float] = try file.read(name, shape: [old.rows, matrix.columns])
          for (row, source) in rows.enumerated() where row == 0 || source > 0 {
            for column in 0..<matrix.columns {
              matrix.pointer(row: row)[column] = values[source * matrix.columns + column]
            }
          }
        }
        return (rows.dropFirst().count { $0 > 0 }, new.rows - 1)
      }
      func wasTrained(_ name: String, _ old: Vocabulary, _ new: Vocabulary) throws -> [Bool] {
        // States of before do not tell.
        let flags: [UInt8]? = file.section(name) == nil ? nil : try file.read(name, shape: [old.rows])
        return [true]
          + (1..<max(new.rows, 1)).map { row in
            let source = old.row(of: new[row: row])
            return source > 0 && flags?[source] != 0
          }
      }
      if isSame {
        let progress = try Trainer.Progress(file.header.schema["progress"])
        self.progress.earlierSteps = progress.step + progress.earlierSteps
      }
      try trained?.formUnion(
        queries: wasTrained("query_trained", earlier.query, own.query),
        candidates: wasTrained("candidate_trained", earlier.candidate, own.candidate))
      return WarmStart(
        queries: try take(sides[0], earlier.query, own.query),
        candidates: try take(sides[1], earlier.candidate, own.candidate))
    }
  }
}

extension Matrix {
  fileprivate func fill(from file: ArtifactFile, _ section: String) throws {
    let values: [Float] = try file.read(section, shape: [rows, columns])
    for row in 0..<rows {
      for column in 0..<columns { pointer(row: row)[column] = values[row * columns + column] }
    }
  }
}

extension Trainer.Progress {
  var json: JSON {
    var fields: [String: JSON] = [
      "epoch": JSON(epoch), "batch": JSON(batch), "step": JSON(step), "pairs": JSON(pairs), "loss": .number(loss),
      "hits": .array(hits.map { JSON($0) }),
      "epochs": .array(
        epochs.map { epoch in
          var fields: [String: JSON] = [
            "loss_per_batch": .number(epoch.lossPerBatch), "loss_per_pair": .number(epoch.lossPerPair),
            "accuracies": .array(epoch.accuracies.map { .number($0) }),
          ]
          if let value = epoch.validation { fields["validation"] = .number(value) }
          return .object(fields)
        }),
    ]
    if let bestEpoch { fields["best_epoch"] = JSON(bestEpoch) }
    if earlierSteps > 0 { fields["earlier_steps"] = JSON(earlierSteps) }
    return .object(fields)
  }

  init(_ json: JSON?) throws(ArtifactError) {
    guard let epoch = json?["epoch"]?.integer, let batch = json?["batch"]?.integer, let step = json?["step"]?.integer,
      let pairs = json?["pairs"]?.integer, let loss = json?["loss"]?.number, let epochs = json?["epochs"]?.array,
      min(epoch, batch, step, pairs) >= 0
    else { throw .malformed(part: "schema", reason: "its progress is incomplete") }
    self.epoch = epoch
    self.batch = batch
    self.step = step
    self.pairs = pairs
    self.loss = loss
    hits = json?["hits"]?.array?.compactMap(\.integer) ?? []
    self.epochs = epochs.map { epoch in
      Trainer.Epoch(
        lossPerBatch: epoch["loss_per_batch"]?.number ?? .nan, lossPerPair: epoch["loss_per_pair"]?.number ?? .nan,
        accuracies: epoch["accuracies"]?.array?.compactMap(\.number) ?? [], validation: epoch["validation"]?.number)
    }
    bestEpoch = json?["best_epoch"]?.integer
    earlierSteps = max(json?["earlier_steps"]?.integer ?? 0, 0)
    guard bestEpoch.map({ self.epochs.indices.contains($0) }) ?? true else {
      throw .malformed(part: "schema", reason: "its best epoch is none of its epochs")
    }
  }
}
