package import Artifacts
package import CanonicalJSON
import Kernels
import SystemFiles

extension ExactIndex {
  package func write(to writer: ArtifactWriter) throws {
    try unsafe writer.add(
      "panels", type: .f32, bytes: UnsafeRawBufferPointer(vectors.values),
      shape: [vectors.paddedRows / 16, dimension, 16], codec: .raw)
    if let prefilter { try Prefilter.write(prefilter, to: writer) }
    if absent > 0 { try writer.add("absent", absentCandidates.map { UInt32($0) }, codec: .raw) }
  }

  package var schema: [String: JSON] {
    Self.schema(count: count, dimension: dimension, prefiltered: hasPrefilter, absent: absent)
  }

  static func schema(count: Int, dimension: Int, prefiltered: Bool, absent: Int = 0) -> [String: JSON] {
    var schema: [String: JSON] = [
      "kind": "exact", "similarity": "inner-product", "count": JSON(count), "dimension": JSON(dimension),
    ]
    if prefiltered { schema["prefilter"] = "int8" }
    if absent > 0 { schema["absent"] = JSON(absent) }
    return schema
  }

  /// Opens the index where it lies in `file`: O(1), as nothing is copied.
  ///
  /// - Throws: `FileError` if a section is missing or contradicts the schema.
  package init(_ file: ArtifactFile, schema: JSON? = nil) throws {
    let schema = schema ?? file.header.schema
    let sections = IndexSections(file: file)
    guard schema["kind"]?.string == "exact" else {
      throw sections.error(.unknown(part: "kind", found: schema["kind"]?.string ?? ""))
    }
    guard let count = schema["count"]?.integer, let dimension = schema["dimension"]?.integer,
      0...1 << 40 ~= count, 1...65_536 ~= dimension
    else { throw sections.error(.schema("a count and a dimension of 1 to 65536")) }
    let panels: Storage<Float> = try sections.mapped("panels", [(count + 15) / 16, dimension, 16])
    self.init(
      PackedRows(panels: panels, rows: count, columns: dimension),
      prefilter: try Prefilter.open(sections, schema: schema, rows: count, columns: dimension),
      present: try Self.present(sections, schema, of: count))
  }

  private static func present(_ sections: IndexSections, _ schema: JSON, of count: Int) throws -> CandidateFilter? {
    guard let absent = schema["absent"] else { return nil }
    let numbers: [UInt32] = try sections.file.read("absent", shape: [absent.integer ?? -2])
    for (index, number) in numbers.enumerated() where number >= count || index > 0 && number <= numbers[index - 1] {
      throw sections.error(
        .number(
          section: "absent", index: index, found: UInt64(number), expected: "numbers that rise below \(count)"))
    }
    return CandidateFilter(excluding: numbers.map { Int($0) }, of: count)
  }

  /// Writes the index of vectors that are not in memory: the same sections as `write(to:)` of one that is.
  ///
  /// - Parameter prefiltered: `true` if there is a prefilter; from 20,000 candidates on if nil.
  /// - Returns: its schema.
  package static func write(
    _ source: some VectorSource, prefiltered: Bool? = nil, to writer: ArtifactWriter, threads: Int
  ) throws -> [String: JSON] {
    let (dimension, panels) = (source.dimension, Matrix.padded(source.count) / 16)
    var isPrefiltered = prefiltered ?? (source.count >= Prefilter.leastCandidates)
    var (scales, errors) = ([Float](), [Float]())
    try unsafe writer.add("panels", type: .f32, shape: [panels, dimension, 16], codec: .raw) { put in
      try pack(source, threads: threads) { packed in
        try unsafe put(UnsafeRawBufferPointer(packed.values))
        guard isPrefiltered else { return }
        guard let bytes = BytePanels(packed, threads: threads) else {
          isPrefiltered = false
          return
        }
        withExtendedLifetime(bytes) {
          scales += bytes.scales
          errors += bytes.errors
        }
      }
    }
    if isPrefiltered {
      try unsafe writer.add(
        "prefilter/codes", type: .u8, shape: [panels, BytePanels.pairs(dimension), 16, 2], codec: .raw
      ) { put in
        try pack(source, threads: threads) { packed in
          guard let bytes = BytePanels(packed, threads: threads) else { return }
          try withExtendedLifetime(bytes) { try unsafe put(UnsafeRawBufferPointer(bytes.codes.values)) }
        }
      }
      try writer.add("prefilter/scales", scales, shape: [panels, 16], codec: .raw)
      try writer.add("prefilter/errors", errors, shape: [panels], codec: .raw)
    }
    return schema(count: source.count, dimension: dimension, prefiltered: isPrefiltered)
  }

  /// Passes all vectors to `body` as panels, some thousands of vectors at once.
  private static func pack(
    _ source: some VectorSource, threads: Int, _ body: (PackedRows) throws -> Void
  ) throws {
    var blocks = try source.blocks()
    while let block = try blocks.next() {
      for part in block.parts(of: 65_536) { try body(PackedRows(part.matrix, rows: part.rows, threads: threads)) }
    }
  }
}
