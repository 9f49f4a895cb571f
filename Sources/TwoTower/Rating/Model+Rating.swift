package import Artifacts
package import CanonicalJSON
import Kernels
import SystemFiles

extension Model {
  /// The predicted ratings of pairs of known queries and candidates; `nil` for a model without a rating head.
  ///
  /// - Parameter pairs: rows of both tables.
  package func ratings(of pairs: [(query: Int, candidate: Int)], threads: Int) -> [Float]? {
    rating?.predictions(queries: queries, candidates: candidates, pairs: pairs, threads: threads)
  }
}

/// A rating head in an artifact.
extension RatingHead {
  /// The field of a schema that describes the head, and the prefix of its sections.
  private static let name = "rating"

  private static func section(_ layer: Int) -> String { "\(name)/layer_\(layer + 1)" }

  package func describe(in schema: inout [String: JSON]) {
    let fields: [String: JSON] = ["column": JSON(column), "widths": .array(layers.widths.map { JSON($0) })]
    schema[Self.name] = .object(fields.merging(layers.form.fields) { first, _ in first })
  }

  package func write(to writer: ArtifactWriter) throws {
    for (number, matrix) in layers.matrices.enumerated() {
      try writer.add(
        Self.section(number), matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    }
  }

  /// Reads the head of an artifact; `nil` if it has none.
  ///
  /// - Parameter dimension: of the vectors, without a bias.
  package init?(_ file: ArtifactFile, dimension: Int) throws {
    guard let schema = file.header.schema[Self.name] else { return nil }
    let (column, form, widths) = try naming(file.path) {
      guard let column = schema["column"]?.string, let form = DenseLayers.Form(schema),
        let widths = schema["widths"]?.array?.compactMap(\.integer), widths.count >= 2, widths[0] == 2 * dimension,
        widths.last == 1, widths.allSatisfy({ 1...16_777_216 ~= $0 })
      else { throw ArtifactError.malformed(part: "schema", reason: .incomplete(Self.name)) }
      return (column, form, widths)
    }
    let matrices = try widths.indices.dropLast().map { number in
      try Matrix(
        file, Self.section(number), rows: widths[number] + form.extraRows(isLast: number == widths.count - 2),
        columns: widths[number + 1])
    }
    self.init(column, layers: DenseLayers(form, matrices: matrices))
  }
}
