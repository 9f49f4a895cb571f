import Artifacts
import Kernels
package import Servable
import ServingMessages
import SystemFiles
import Tables

/// Writes TensorFlow's SavedModel: strings in, scores and names out, for `tf.saved_model.load`, TensorFlow Serving and
/// loaders of TensorFlow 1. Names and vectors are variables, so that `saved_model.pb` has the same size for every
/// catalog, and no limit applies.
///
/// Unsafe where names and vectors go from the mapped servable to the file without a copy.
package struct SavedModelWriter {
  let tables: ServableTables
  let graph: RetrievalGraph
  let names: SignatureNames
  let features: FeatureInputs?
  let shardSize: Int

  /// - Parameters:
  ///   - k: the length of the lists; less if there are fewer candidates.
  ///   - features: of queries and contexts, if the model reads such.
  ///   - shardSize: the size in bytes from which the next variable goes into another file.
  package init(
    _ tables: ServableTables, k: Int, names: SignatureNames, features: FeatureInputs? = nil, shardSize: Int = 4 << 30
  ) {
    self.tables = tables
    self.names = names
    self.features = features
    self.shardSize = shardSize
    graph = RetrievalGraph(
      queryCount: tables.queryCount, candidateCount: tables.candidateCount, dimension: tables.dimension,
      k: min(k, tables.candidateCount), hasNames: tables.hasNames, features: features)
  }

  /// Writes the model's files.
  ///
  /// - Parameter folder: the version's folder, which is made.
  /// - Throws: `ExportedFormError.takenName` for a feature with the name of another input, or a `FileError`.
  package func write(to folder: String) throws {
    if let feature = features?.inputs.first(where: { $0.name == "queries" }) {
      throw ExportedFormError.takenName(form: "saved-model", feature: feature.name)
    }
    try Files.makeFolders("\(folder)/variables")
    let signatures = ServingSignature.all(names, features: features)
    let objects = ObjectGraph.messages(of: graph, signatures: signatures)
    try writeVariables("\(folder)/variables/variables", checkpoint: objects.checkpoint)
    var meta = TFMetaGraph()
    meta.metaInfoDef.tags = ["serve"]
    meta.metaInfoDef.tensorflowVersion = "2.15.1"
    meta.metaInfoDef.strippedDefaultAttrs = true
    // The graph version of TensorFlow 2.15.
    meta.graphDef.versions.producer = 1645
    meta.graphDef.versions.minConsumer = 12
    meta.graphDef.node = graph.session
    meta.graphDef.library.function = graph.functions(signatures)
    meta.saverDef.filenameTensorName = "prefix:0"
    meta.saverDef.saveTensorName = "prefix:0"
    meta.saverDef.restoreOpName = "restore_all"
    meta.saverDef.version = 2
    for signature in signatures {
      meta.signatureDef[signature.name] = signature.message(k: graph.k, hasNames: graph.hasNames)
    }
    var initialisation = TFTensorInfo()
    initialisation.name = "init_all"
    initialisation.tensorShape.unknownRank = true
    meta.signatureDef["__saved_model_init_op", default: TFSignature()].outputs["__saved_model_init_op"] = initialisation
    meta.objectGraphDef = objects.model
    var model = TFSavedModel()
    model.savedModelSchemaVersion = 1
    model.metaGraphs = [meta]
    let file = try ExportedFile(path: "\(folder)/saved_model.pb")
    try file.write(try model.bytes)
    try file.close()
  }

  private func writeVariables(_ prefix: String, checkpoint: TFCheckpointObjectGraph) throws {
    let bundle = TensorBundleWriter(prefix: prefix, shardSize: shardSize)
    let objects = try checkpoint.bytes
    try unsafe objects.withUnsafeBufferPointer { bytes in
      try unsafe bundle.add("_CHECKPOINTABLE_OBJECT_GRAPH", strings: [], count: 1) { _ in unsafe bytes }
    }
    var tensors = [(key: String, write: (String) throws -> Void)]()
    func add(_ name: String, _ write: @escaping (_ key: String) throws -> Void) {
      tensors.append((RetrievalGraph.key(name), write))
    }
    add("candidates") { [tables] key in
      try unsafe bundle.add(key, floats: [tables.candidateCount, tables.dimension]) { put in
        try tables.forEachBlockOfCandidates { try unsafe $0.withUnsafeBytes { try unsafe put($0) } }
      }
    }
    for table in features?.tables ?? [] {
      add(table.name) { key in
        try unsafe bundle.add(key, floats: [table.rows, table.columns]) { put in
          try unsafe put(UnsafeRawBufferPointer(table.values.values))
        }
      }
    }
    func addTexts(_ name: String, count: Int, _ text: @escaping (Int) -> UnsafeBufferPointer<UInt8>) {
      add(name) { key in try unsafe bundle.add(key, strings: [count], count: count, string: text) }
    }
    unsafe addTexts("identifiers", count: tables.candidateCount, tables.candidate)
    if tables.hasNames { unsafe addTexts("names", count: tables.candidateCount, tables.name) }
    unsafe addTexts("user_ids", count: tables.queryCount, tables.query)
    add("users") { [tables] key in
      try unsafe bundle.add(
        key, floats: [EmbeddingRow.count(vocabulary: tables.queryCount), tables.dimension]
      ) { put in
        try unsafe put(UnsafeRawBufferPointer(tables.queryVectors))
      }
    }
    for (key, write) in tensors.sorted(by: { $0.key < $1.key }) { try write(key) }
    try bundle.close()
  }
}
