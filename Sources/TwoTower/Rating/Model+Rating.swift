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

  package func describe(in schema: inout [String: JSON]) {
    schema[Self.name] = .object(layers.fields.merging(["column": JSON(column)]) { first, _ in first })
  }

  package func write(to writer: ArtifactWriter) throws { try layers.write(Self.name, to: writer) }

  /// Reads the head of an artifact; `nil` if it has none.
  ///
  /// - Parameter dimension: of the vectors, without a bias.
  package init?(_ file: ArtifactFile, dimension: Int) throws {
    guard let schema = file.header.schema[Self.name] else { return nil }
    let (column, layers) = try naming(file.path) {
      guard let column = schema["column"]?.string, let layers = DenseLayers.Description(schema),
        layers.widths[0] == 2 * dimension, layers.widths.last == 1
      else { throw ArtifactError.malformed(part: "schema", reason: .incomplete(Self.name)) }
      return (column, layers)
    }
    self.init(column, layers: try DenseLayers(file, Self.name, layers))
  }
}
