import Artifacts
import FoundationEssentials
import Kernels
package import Servable
import ServingMessages
import SwiftProtobuf
import SystemFiles
import Tables

/// Writes an ONNX model: `model.onnx` with the names, and `model.onnx.data` with the vectors, to which ONNX's limit of
/// 2 GB does not apply. Names are streamed; memory holds only small messages.
package struct ONNXWriter {
  let tables: ServableTables
  let graph: ONNXRetrieval

  /// - Parameters:
  ///   - k: the default length of the lists.
  ///   - features: of queries and contexts, if the model reads such.
  package init(_ tables: ServableTables, k: Int, features: FeatureInputs? = nil) {
    self.tables = tables
    graph = ONNXRetrieval(
      candidateCount: tables.candidateCount, k: min(k, tables.candidateCount), hasNames: tables.hasNames,
      features: features)
  }

  static let fileName = "model.onnx"
  static let dataName = "model.onnx.data"
  /// The alignment of vectors in bytes, so that they can be mapped.
  private static let alignment = 4096
  private static let greatestMessage = Int(Int32.max)

  /// Writes the model's files.
  ///
  /// - Parameter folder: the version's folder, which is made.
  /// - Throws: `ExportedFormError.tooManyNames` beyond ONNX's limit of 2 GB, `ExportedFormError.takenName` for a feature
  ///   with the name of another value, or a `FileError`.
  package func write(to folder: String) throws {
    let taken = graph.takenNames
    if let feature = graph.features?.inputs.first(where: { taken.contains($0.name) || $0.name == "features" }) {
      throw ExportedFormError.takenName(form: "onnx", feature: feature.name)
    }
    try Files.makeFolders(folder)
    let vectors = try writeVectors("\(folder)/\(Self.dataName)")
    var texts = unsafe [labelField, textField("titles", tables.candidate)]
    if tables.hasNames { unsafe texts.append(textField("names_of_all", tables.name)) }
    let rest = try self.rest(vectors)
    let size = texts.reduce(rest.count) { $0 + $1.size }
    guard size + 1024 <= Self.greatestMessage else { throw ExportedFormError.tooManyNames(bytes: size) }
    let file = try ExportedFile(path: "\(folder)/\(Self.fileName)")
    try file.write(try model.bytes)
    // The graph: its first node, its largest constants, and then all the others, as parts of one message.
    try file.write(WireField.head(7, size: size))
    for field in texts { try field.write(file) }
    try file.write(rest)
    try file.close()
  }

  private var model: ONNXModel {
    var model = ONNXModel()
    model.irVersion = 9
    model.producerName = "tandem"
    model.opsetImport = [("", 19), ("ai.onnx.ml", 2)].map { domain, version in
      var set = ONNXOperatorSet()
      set.domain = domain
      set.version = Int64(version)
      return set
    }
    return model
  }

  private func rest(_ vectors: [ONNXTensor]) throws -> [UInt8] {
    var message = ONNXGraph()
    message.name = "retrieval"
    message.node = graph.nodes
    message.initializer = vectors + graph.constants
    message.input = graph.inputs
    message.output = graph.outputs
    return try message.bytes
  }

  /// The tables of vectors, as constants in the external file.
  private func writeVectors(_ path: String) throws -> [ONNXTensor] {
    let file = try ExportedFile(path: path)
    func external(
      _ name: String, rows: Int, columns: Int, _ contents: () throws -> Void
    ) throws -> ONNXTensor {
      try file.align(to: Self.alignment)
      let start = file.size
      try contents()
      var tensor = ONNXTensor()
      tensor.name = name
      tensor.dataType = ONNXRetrieval.Kind.float.rawValue
      tensor.dims = [Int64(rows), Int64(columns)]
      tensor.dataLocation = 1
      tensor.externalData = [
        ("location", Self.dataName), ("offset", "\(start)"), ("length", "\(file.size - start)"),
      ].map { key, value in
        var entry = ONNXTensor.Entry()
        entry.key = key
        entry.value = value
        return entry
      }
      return tensor
    }
    let users = try external(
      "users", rows: EmbeddingRow.count(vocabulary: tables.queryCount), columns: tables.dimension
    ) {
      try unsafe file.write(UnsafeRawBufferPointer(tables.queryVectors))
    }
    let candidates = try external("candidates", rows: tables.candidateCount, columns: tables.dimension) {
      try tables.forEachBlockOfCandidates { try unsafe $0.withUnsafeBytes { try unsafe file.write($0) } }
    }
    let features = try (graph.features?.tables ?? []).map { table in
      try external(ONNXFeatures.name(table), rows: table.rows, columns: table.columns) {
        try unsafe file.write(UnsafeRawBufferPointer(table.values.values))
      }
    }
    try file.close()
    return [users, candidates] + features
  }

  /// The node that maps ids to rows; 0 for unknown ids.
  private var labelField: WireField {
    let keys = unsafe WireField(
      5,
      [
        .text(1, "keys_strings"), .number(20, 8),
        .strings(9, tables.queryCount, tables.query),
      ])
    let values = WireField(
      5, [.text(1, "values_int64s"), .number(20, 7), .numbers(8, 1...max(tables.queryCount, 1), tables.queryCount)])
    let unknown = WireField(5, [.text(1, "default_int64"), .number(20, 2), .number(3, 0)])
    return WireField(
      1,
      [
        .text(1, "queries"), .text(2, "row"), .text(3, "row"), .text(4, "LabelEncoder"), .field(keys), .field(values),
        .field(unknown), .text(7, "ai.onnx.ml"),
      ])
  }

  /// Returns a constant with one text for each candidate.
  private func textField(_ name: String, _ text: @escaping (Int) -> UnsafeBufferPointer<UInt8>) -> WireField {
    unsafe WireField(
      5,
      [
        .number(1, tables.candidateCount), .number(2, Int(ONNXRetrieval.Kind.string.rawValue)),
        .strings(6, tables.candidateCount, text), .text(8, name),
      ])
  }
}
