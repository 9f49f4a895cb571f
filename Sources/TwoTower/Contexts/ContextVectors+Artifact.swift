package import Artifacts
package import CanonicalJSON
import Features
import Kernels
import SystemFiles

/// A query tower with context in an artifact: its features beside the others, and here the vectors of their values, the
/// inputs of all queries, and the dense layers that these go through, if there are such.
extension ContextVectors {
  private static let name = "query_context"
  package static let inputsSection = "\(name)/inputs"

  /// `true` if an artifact's query tower has a context.
  package static func are(in file: ArtifactFile) -> Bool { file.header.schema[name] != nil }

  package func describe(in schema: inout [String: JSON]) {
    var fields: [String: JSON] = [
      "unit_length": .bool(isNormalised), "vector_length": JSON(table.columns), "inputs": JSON(inputs.columns),
    ]
    if let (layers, start) = layers {
      fields["first_input"] = JSON(start)
      fields.merge(layers.fields) { first, _ in first }
    }
    schema[Self.name] = .object(fields)
  }

  func write(to writer: ArtifactWriter) throws {
    try writer.add(Self.inputsSection, inputs.values, shape: [inputs.rows, inputs.columns], codec: .raw)
    try writeTower(to: writer)
  }

  /// Writes everything but the inputs of queries.
  package func writeTower(to writer: ArtifactWriter) throws {
    try writer.add(Self.name, table.values, shape: [table.rows, table.columns], codec: .raw)
    try layers?.layers.write(Self.name, to: writer)
  }

  /// Reads a tower; `nil` if the artifact's has no context.
  ///
  /// - Parameters:
  ///   - rows: of the query vocabulary; `nil` leaves the inputs of queries in the file, which may be larger than memory
  ///     (`inputsSection`).
  ///   - dimension: of the vectors, without a bias.
  package init?(_ file: ArtifactFile, rows: Int?, dimension: Int) throws {
    guard let schema = file.header.schema[Self.name] else { return nil }
    let features = try DeclaredFeatures(file).context
    let (isNormalised, length, width, shape) = try naming(file.path) {
      guard let isNormalised = schema["unit_length"]?.bool, let length = schema["vector_length"]?.integer,
        let width = schema["inputs"]?.integer, 1...65_536 ~= length, 1...16_777_216 ~= width, !features.isEmpty,
        let shape = try? Shape(schema, features, length: length, width: width, dimension: dimension)
      else { throw ArtifactError.malformed(part: "schema", reason: .incomplete(Self.name)) }
      return (isNormalised, length, width, shape)
    }
    let table = try Matrix(file, Self.name, rows: features.width, columns: length)
    let inputs =
      try rows.map { try Matrix(file, Self.inputsSection, rows: $0, columns: width) } ?? Matrix(rows: 0, columns: width)
    let layers = try shape.layers.map { (layers: try DenseLayers(file, Self.name, $0), start: shape.start) }
    self.init(features, table: table, inputs: inputs, isNormalised: isNormalised, layers: layers)
  }

  /// The shape of what lies between inputs and vectors, checked.
  private struct Shape {
    struct Malformed: Error {}

    var layers: DenseLayers.Description?
    var start = 0

    init(_ schema: JSON, _ features: FeatureSet, length: Int, width: Int, dimension: Int) throws(Malformed) {
      guard schema["widths"] != nil else {
        guard length == dimension, width == dimension else { throw Malformed() }
        return
      }
      guard let layers = DenseLayers.Description(schema), let start = schema["first_input"]?.integer,
        layers.widths[0] == width, layers.widths.last == dimension, 0...width ~= start,
        ConcatenatedInput(idWidth: start, features, valueWidth: length).width <= width
      else { throw Malformed() }
      (self.layers, self.start) = (layers, start)
    }
  }
}
