package import Artifacts
import CanonicalJSON
import Features
import Interactions
import Kernels
import SystemFiles
import Tables

/// All that the next step of a training depends on, in a file: tables before normalisation, the optimizers' memory,
/// and how far training is. A training that goes on from it ends in the same bytes as one that never stopped; one that
/// starts anew from it, over a vocabulary that has grown, is a warm start.
package enum TrainingState {
  package static let type = ArtifactType("training-state", version: 1)
}

/// The numbers of rows of each table that came from an earlier training, and of all.
package struct WarmStart: Sendable, Equatable, CustomStringConvertible {
  package var queries: (kept: Int, all: Int)
  package var candidates: (kept: Int, all: Int)
  /// Values of features, where a tower has them.
  package var features: (kept: Int, all: Int)?

  package var description: String {
    let values = features.map { ", \($0.kept) of \($0.all) values of features" } ?? ""
    return "\(queries.kept) of \(queries.all) queries and \(candidates.kept) of \(candidates.all) candidates\(values) "
      + "from the earlier training, the others new"
  }

  package static func == (a: WarmStart, b: WarmStart) -> Bool {
    a.queries == b.queries && a.candidates == b.candidates && a.features?.kept == b.features?.kept
      && a.features?.all == b.features?.all
  }
}

extension Training {
  package func publish(to path: String, lineage: Lineage) throws {
    var schema = vocabularies.schema
    schema["dimension"] = JSON(dimension)
    schema["optimizer"] = JSON(optimizerName)
    schema["progress"] = progress.json
    for tower in towers { schema[tower.side.layersName] = tower.tower.layerShape?.json }
    schema[TrainedHead.layersName] = head?.head.shape.json
    let features = features
    if features.areDeclared { features.describe(in: &schema) }
    let writer = try ArtifactWriter(path: path, type: TrainingState.type, schema: .object(schema))
    try vocabularies.write(to: writer)
    try features.write(to: writer)
    func add(_ name: String, _ matrix: Matrix) throws {
      try writer.add(name, matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    }
    for parameter in parameters {
      try add(parameter.name, parameter.table.matrix)
      for memory in parameter.memory { try add(memory.name, memory.matrix) }
    }
    if let best { for (parameter, matrix) in zip(parameters, best) { try add("best_\(parameter.name)", matrix) } }
    if let trained {
      try writer.add("query_trained", trained.queries.map { $0 ? UInt8(1) : 0 })
      try writer.add("candidate_trained", trained.candidates.map { $0 ? UInt8(1) : 0 })
    }
    try writer.publish(
      lineage: lineage,
      summary: Summary([
        .fact("epochs", "\(progress.epoch)"), .fact("steps", "\(progress.step)"),
        .fact("optimizer", optimizerName), .fact("dimension", "\(dimension)"),
      ]))
  }

  /// Goes back to where the file stands, in a training with the same vocabularies and settings.
  package func resume(from file: ArtifactFile) throws {
    for parameter in parameters {
      try parameter.table.matrix.fill(from: file, parameter.name)
      for memory in parameter.memory { try memory.matrix.fill(from: file, memory.name) }
    }
    if parameters.allSatisfy({ file.section("best_\($0.name)") != nil }) {
      best = try parameters.map { parameter in
        let matrix = parameter.table.matrix.copy()
        try matrix.fill(from: file, "best_\(parameter.name)")
        return matrix
      }
    }
    progress = try naming(file.path) { try TrainingProgress(file.header.schema["progress"]) }
  }

  private var dimension: Int { towers[0].tower.dimension }

  /// The features that number the rows of parameter tables.
  private var features: DeclaredFeatures {
    var declared = DeclaredFeatures()
    for tower in towers {
      for rows in tower.tower.parameters.map(\.rows) {
        switch rows {
        case .features(let features): (declared[tower.side], declared.areDeclared) = (features, true)
        case .context(let features): (declared.context, declared.areDeclared) = (features, true)
        case .vocabulary, .layer: break
        }
      }
    }
    return declared
  }

  /// Takes rows and their optimizer's memory from an earlier training, value by value of the vocabularies; rows that
  /// it does not have stay as they were initialised, and so do tables. Memory is taken where the optimizer is the same.
  package func warmStart(from file: ArtifactFile) throws -> WarmStart {
    let earlier = try Vocabularies(file)
    return try naming(file.path) {
      let found = file.header.schema["dimension"]?.integer ?? 0
      guard found == dimension else { throw TwoTowerError.otherDimension(found, expected: dimension) }
      let columns = [earlier, vocabularies].map { "\($0.query.column) and \($0.candidate.column)" }
      guard columns[0] == columns[1] else {
        throw TwoTowerError.otherColumns(columns[0], expected: columns[1])
      }
      try checkLayers(file)
      let rows = TowerSide.allCases.map { EarlierRows(of: vocabularies[$0], in: earlier[$0]) }
      let isSame = file.header.schema["optimizer"]?.string == optimizerName
      if isSame {
        let progress = try TrainingProgress(file.header.schema["progress"])
        self.progress.earlierSteps = progress.step + progress.earlierSteps
      }
      try trained?.formUnion(
        queries: rows[0].trained(file, "query_trained"), candidates: rows[1].trained(file, "candidate_trained"))
      let features = try DeclaredFeatures(file)
      var warm = WarmStart(queries: rows[0].kept, candidates: rows[1].kept)
      for parameter in parameters {
        let isThere = file.section(parameter.name) != nil
        func ofValues(_ set: FeatureSet, in earlier: FeatureSet) -> EarlierRows {
          let sources = isThere ? EarlierRows(of: set, in: earlier) : EarlierRows(newRows: set.width)
          let (kept, all) = sources.kept
          warm.features = ((warm.features?.kept ?? 0) + kept, (warm.features?.all ?? 0) + all)
          return sources
        }
        let sources: EarlierRows
        switch parameter.table.rows {
        case .vocabulary(let side): sources = rows[side == .query ? 0 : 1]
        case .features(let set):
          sources = parameter.side.map { ofValues(set, in: features[$0]) } ?? EarlierRows(newRows: set.width)
        case .context(let set): sources = ofValues(set, in: features.context)
        case .layer: sources = EarlierRows(allOf: parameter.table.matrix.rows)
        }
        guard isThere else { continue }
        try checkLength(of: parameter, file)
        try sources.copy(file, parameter.name, into: parameter.table.matrix)
        for memory in parameter.memory where isSame { try sources.copy(file, memory.name, into: memory.matrix) }
      }
      return warm
    }
  }

  /// Layers go on from equal ones, or begin anew above tables of a training without layers.
  private func checkLayers(_ file: ArtifactFile) throws(TwoTowerError) {
    for tower in towers {
      guard let found = file.header.schema[tower.side.layersName].flatMap(LayerShape.init) else { continue }
      let wanted = tower.tower.layerShape
      guard found == wanted else {
        throw .otherLayers(tower.side, "\(found)", expected: wanted.map { "\($0)" } ?? "no layers")
      }
    }
    guard let found = file.header.schema[TrainedHead.layersName].flatMap(LayerShape.init) else { return }
    let wanted = head?.head.shape
    guard found == wanted else {
      throw .otherRatingHead("\(found)", expected: wanted.map { "one of \($0)" } ?? "none")
    }
  }

  private func checkLength(of parameter: TrainedParameter, _ file: ArtifactFile) throws(TwoTowerError) {
    let (found, wanted) = (file.section(parameter.name)?.shape.last ?? 0, parameter.table.matrix.columns)
    guard found == wanted else { throw .otherVectors(parameter.name, found, expected: wanted) }
  }
}

extension TrainedHead {
  /// The field of the schema that describes the head's layers.
  fileprivate static let layersName = "rating_layers"
}

extension TowerSide {
  /// The field of the schema that says what lies between tables and vectors.
  fileprivate var layersName: String { "\(rawValue)_layers" }
}

/// The rows of a table in an earlier one.
private struct EarlierRows {
  /// The earlier row of each row; `nil` for what the earlier table does not have.
  private let sources: [Int?]
  private let earlierCount: Int
  /// Rows that belong to no value.
  private let unnamedRows: Int

  init(of vocabulary: Vocabulary, in earlier: Vocabulary) {
    sources =
      [0] + vocabulary.values.places(in: earlier.values).map { $0 < 0 ? nil : Int(EmbeddingRow(place: Int($0)).index) }
    earlierCount = earlier.rows
    unnamedRows = 1
  }

  init(of features: FeatureSet, in earlier: FeatureSet) {
    sources = features.columns(in: earlier)
    earlierCount = earlier.width
    unnamedRows = 0
  }

  init(allOf count: Int) {
    sources = Array(0..<count)
    earlierCount = count
    unnamedRows = 0
  }

  init(newRows count: Int) {
    sources = [Int?](repeating: nil, count: count)
    earlierCount = 0
    unnamedRows = 0
  }

  var kept: (kept: Int, all: Int) {
    let named = sources.dropFirst(unnamedRows)
    return (named.count { $0 != nil }, named.count)
  }

  func copy(_ file: ArtifactFile, _ section: String, into matrix: Matrix) throws {
    let values: [Float] = try file.read(section, shape: [earlierCount, matrix.columns])
    for (row, source) in sources.enumerated() {
      guard let source else { continue }
      for column in 0..<matrix.columns { matrix[row, column] = values[source * matrix.columns + column] }
    }
  }

  /// The rows that the earlier training had pairs for; all that it has, if its state is of a version that does not say.
  func trained(_ file: ArtifactFile, _ section: String) throws -> [Bool] {
    let flags: [UInt8]? = file.section(section) == nil ? nil : try file.read(section, shape: [earlierCount])
    return [true] + sources.dropFirst().map { source in source.map { flags?[$0] != 0 } ?? false }
  }
}

extension Matrix {
  fileprivate func fill(from file: ArtifactFile, _ section: String) throws {
    let values: [Float] = try file.read(section, shape: [rows, columns])
    for row in 0..<rows {
      for column in 0..<columns { self[row, column] = values[row * columns + column] }
    }
  }
}

extension TrainingProgress {
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
          fields["tasks"] = epoch.tasks?.json
          return .object(fields)
        }),
    ]
    if let bestEpoch { fields["best_epoch"] = JSON(bestEpoch) }
    if earlierSteps > 0 { fields["earlier_steps"] = JSON(earlierSteps) }
    fields["tasks"] = tasks?.json
    return .object(fields)
  }

  init(_ json: JSON?) throws(ArtifactError) {
    guard let epoch = json?["epoch"]?.integer, let batch = json?["batch"]?.integer, let step = json?["step"]?.integer,
      let pairs = json?["pairs"]?.integer, let loss = json?["loss"]?.number, let epochs = json?["epochs"]?.array,
      min(epoch, batch, step, pairs) >= 0
    else { throw .malformed(part: "schema", reason: .incomplete("progress")) }
    self.epoch = epoch
    self.batch = batch
    self.step = step
    self.pairs = pairs
    self.loss = loss
    hits = json?["hits"]?.array?.compactMap(\.integer) ?? []
    self.epochs = epochs.map { epoch in
      TrainingEpoch(
        lossPerBatch: epoch["loss_per_batch"]?.number ?? .nan, lossPerPair: epoch["loss_per_pair"]?.number ?? .nan,
        accuracies: epoch["accuracies"]?.array?.compactMap(\.number) ?? [], validation: epoch["validation"]?.number,
        tasks: epoch["tasks"].map { TaskLosses($0) })
    }
    bestEpoch = json?["best_epoch"]?.integer
    earlierSteps = max(json?["earlier_steps"]?.integer ?? 0, 0)
    tasks = json?["tasks"].map { TaskSums($0) }
    guard bestEpoch.map({ self.epochs.indices.contains($0) }) ?? true else {
      throw .malformed(part: "schema", reason: .outOfRange("best epoch"))
    }
  }
}
