import Artifacts
import CanonicalJSON
import Kernels

extension ExactIndex {
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
          try withExtendedLifetime(bytes) { try put(UnsafeRawBufferPointer(bytes.codes.values)) }
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
