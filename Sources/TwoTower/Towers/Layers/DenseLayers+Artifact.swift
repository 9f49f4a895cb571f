import Artifacts
import CanonicalJSON
import Kernels

/// Dense layers in an artifact: their widths and form in a schema, and a section for each layer.
extension DenseLayers {
  /// The shape of layers as a schema describes it.
  struct Description {
    let form: Form
    /// Number of inputs, then of outputs of each layer.
    let widths: [Int]

    /// - Returns: `nil` if the schema does not describe layers.
    init?(_ schema: JSON) {
      guard let form = Form(schema), let found = schema["widths"]?.array else { return nil }
      let widths = found.compactMap(\.integer)
      guard widths.count == found.count, widths.count >= 2, widths.allSatisfy({ 1...16_777_216 ~= $0 }) else {
        return nil
      }
      (self.form, self.widths) = (form, widths)
    }
  }

  /// The fields of a schema that describe the layers.
  var fields: [String: JSON] {
    form.fields.merging(["widths": .array(widths.map { JSON($0) })]) { first, _ in first }
  }

  /// The section of a layer, by its number from 0, of the layers that are called `name`.
  private static func section(_ name: String, _ layer: Int) -> String { "\(name)/layer_\(layer + 1)" }

  func write(_ name: String, to writer: ArtifactWriter) throws {
    for (number, matrix) in matrices.enumerated() {
      try writer.add(
        Self.section(name, number), matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    }
  }

  init(_ file: ArtifactFile, _ name: String, _ described: Description) throws {
    let (form, widths) = (described.form, described.widths)
    let matrices = try widths.indices.dropLast().map { number in
      try Matrix(
        file, Self.section(name, number),
        rows: widths[number] + form.extraRows(isLast: number == widths.count - 2), columns: widths[number + 1])
    }
    self.init(form, matrices: matrices)
  }
}
