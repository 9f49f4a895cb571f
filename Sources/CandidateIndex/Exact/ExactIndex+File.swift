import Artifacts
import Kernels

extension ExactIndex {
  /// Panels of 16 candidates, as they are scanned, to be mapped.
  package func write(to writer: ArtifactWriter) throws {
    try writer.add(
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

  /// Opens the index where it lies in `file`; nothing is copied.
  package init(_ file: ArtifactFile, schema: JSON? = nil) throws {
    let schema = schema ?? file.header.schema
    let panels: UnsafeBufferPointer<Float> = try file.mapped("panels")
    let vectors = try naming(file.path) {
      guard schema["kind"]?.string == "exact" else {
        throw ArtifactError.malformed(
          part: "schema", reason: "the index's kind is unknown to this build; update Tandem")
      }
      guard let count = schema["count"]?.integer, let dimension = schema["dimension"]?.integer, count >= 0,
        1...65_536 ~= dimension, count <= 1 << 40, file.section("panels")?.shape == [(count + 15) / 16, dimension, 16]
      else { throw ArtifactError.malformed(part: "section \"panels\"", reason: "its shape is not the schema's") }
      return PackedRows(panels: panels, rows: count, columns: dimension, owner: file)
    }
    self.init(
      vectors,
      prefilter: try Prefilter.open(file, schema: schema, rows: vectors.rows, columns: vectors.columns),
      present: try Self.present(file, schema, of: vectors.rows))
  }

  private static func present(_ file: ArtifactFile, _ schema: JSON, of count: Int) throws -> CandidateFilter? {
    guard let absent = schema["absent"] else { return nil }
    let numbers: [UInt32] = try file.read("absent", shape: [absent.integer ?? -2])
    guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }), numbers.last.map({ $0 < count }) ?? true else {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"absent\"", reason: "its numbers do not rise below \(count)"))
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
    var wanted = prefiltered ?? (source.count >= Prefilter.leastCandidates)
    var (scales, errors) = ([Float](), [Float]())
    try writer.add("panels", type: .f32, shape: [panels, dimension, 16], codec: .raw) { put in
      try pack(source, threads: threads) { packed in
        try put(UnsafeRawBufferPointer(packed.values))
        guard wanted else { return }
        guard let bytes = BytePanels(packed, threads: threads) else {
          wanted = false
          return
        }
        withExtendedLifetime(bytes) {
          scales += bytes.scales
          errors += bytes.errors
        }
      }
    }
    if wanted {
      try writer.add(
        "prefilter/codes", type: .u8, shape: [panels, BytePanels.pairs(dimension), 16, 2], codec: .raw
      ) { put in
        try pack(source, threads: threads) { packed in
          guard let bytes = BytePanels(packed, threads: threads) else { return }
          try withExtendedLifetime(bytes) { try put(UnsafeRawBufferPointer(bytes.codes)) }
        }
      }
      try writer.add("prefilter/scales", scales, shape: [panels, 16], codec: .raw)
      try writer.add("prefilter/errors", errors, shape: [panels], codec: .raw)
    }
    return schema(count: source.count, dimension: dimension, prefiltered: wanted)
  }

  /// Gives all vectors to `body` as panels, some thousands of them at once.
  private static func pack(
    _ source: some VectorSource, threads: Int, _ body: (PackedRows) throws -> Void
  ) throws {
    var blocks = try source.blocks()
    while let block = try blocks.next() {
      for part in block.parts(of: 65_536) { try body(PackedRows(part.matrix, rows: part.rows, threads: threads)) }
    }
  }
}
