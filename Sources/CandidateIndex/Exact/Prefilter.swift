import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles

/// The candidates' vectors in bytes, beside the floats: a bound of each score at a quarter of the memory to be read, so that
/// only those that may be among the best are scored.
///
/// Takes ⌈dimension / 2⌉ · 2 + 4¼ bytes a candidate.
enum Prefilter {
  /// Below so many candidates all vectors are in the cache, and it wins nothing.
  static let leastCandidates = 20_000

  static func write(_ panels: BytePanels, to writer: ArtifactWriter) throws {
    let count = panels.errors.count
    try writer.add(
      "prefilter/codes", type: .u8, bytes: UnsafeRawBufferPointer(panels.codes.values),
      shape: [count, BytePanels.pairs(panels.columns), 16, 2], codec: .raw)
    try writer.add(
      "prefilter/scales", type: .f32, bytes: UnsafeRawBufferPointer(panels.scales.values), shape: [count, 16],
      codec: .raw)
    try writer.add(
      "prefilter/errors", type: .f32, bytes: UnsafeRawBufferPointer(panels.errors.values), shape: [count], codec: .raw)
  }

  /// The prefilter where it lies in `file`; nil where the schema has none.
  static func open(_ file: ArtifactFile, schema: JSON, rows: Int, columns: Int) throws -> BytePanels? {
    guard let kind = schema["prefilter"] else { return nil }
    try naming(file.path) {
      guard kind.string == "int8" else {
        throw ArtifactError.malformed(
          part: "schema", reason: "the index's prefilter is unknown to this build; update Tandem")
      }
      let panels = (rows + 15) / 16
      for (name, shape) in [
        ("codes", [panels, BytePanels.pairs(columns), 16, 2]), ("scales", [panels, 16]), ("errors", [panels]),
      ] {
        guard file.section("prefilter/\(name)")?.shape == shape else {
          throw ArtifactError.malformed(
            part: "section \"prefilter/\(name)\"", reason: "it is missing, or its shape is not the schema's")
        }
      }
    }
    return BytePanels(
      codes: try file.mapped("prefilter/codes"), scales: try file.mapped("prefilter/scales"),
      errors: try file.mapped("prefilter/errors"), rows: rows, columns: columns)
  }
}
