import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles

/// An int8 copy of the candidates' vectors, which bounds each score at a quarter of the memory traffic; only candidates
/// whose bound reaches the threshold are scored.
///
/// Takes ⌈dimension / 2⌉ · 2 + 4¼ bytes per candidate.
enum Prefilter {
  /// The number of candidates below which all vectors fit the cache, and a prefilter gains nothing.
  static let leastCandidates = 20_000

  static func write(_ panels: BytePanels, to writer: ArtifactWriter) throws {
    let count = panels.errors.count
    try unsafe writer.add(
      "prefilter/codes", type: .u8, bytes: UnsafeRawBufferPointer(panels.codes.values),
      shape: [count, BytePanels.pairs(panels.columns), 16, 2], codec: .raw)
    try unsafe writer.add(
      "prefilter/scales", type: .f32, bytes: UnsafeRawBufferPointer(panels.scales.values), shape: [count, 16],
      codec: .raw)
    try unsafe writer.add(
      "prefilter/errors", type: .f32, bytes: UnsafeRawBufferPointer(panels.errors.values), shape: [count], codec: .raw)
  }

  /// The prefilter where it lies in the file; nil if the schema has none.
  static func open(_ sections: IndexSections, schema: JSON, rows: Int, columns: Int) throws -> BytePanels? {
    guard let kind = schema["prefilter"] else { return nil }
    guard kind.string == "int8" else { throw sections.error(.unknown(part: "prefilter", found: kind.text)) }
    let panels = (rows + 15) / 16
    let codes: Storage<UInt8> = try sections.mapped("prefilter/codes", [panels, BytePanels.pairs(columns), 16, 2])
    let scales: Storage<Float> = try sections.mapped("prefilter/scales", [panels, 16])
    let errors: Storage<Float> = try sections.mapped("prefilter/errors", [panels])
    return BytePanels(
      codes: codes, scales: scales, errors: errors, rows: rows, columns: columns)
  }
}
