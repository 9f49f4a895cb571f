import Artifacts
import Kernels

extension ApproximateIndex {
  package var schema: [String: JSON] {
    [
      "kind": "approximate", "similarity": "inner-product", "count": JSON(count), "dimension": JSON(dimension),
      "leaves": JSON(leafCount), "subspace_width": JSON(quantizer.width), "probes": JSON(effort.probes),
      "reordered": JSON(effort.reordered),
    ]
  }

  /// Sections of the index within an artifact, as they are scanned, to be mapped.
  package func write(to writer: ArtifactWriter) throws {
    try writer.add("centroids", centroids.panels, shape: [centroids.paddedRows / 16, dimension, 16], codec: .raw)
    try writer.add(
      "codebooks", quantizer.codebooks.array,
      shape: [quantizer.subspaces, quantizer.width, ProductQuantizer.codewords],
      codec: .raw)
    try leaves.write(to: writer)
  }

  /// Opens the index where it lies in `file`; the codebooks alone are copied. Costs a look at each leaf's bounds.
  package init(_ file: ArtifactFile, schema: JSON) throws {
    let (count, dimension, leafCount, width, effort) = try naming(file.path) {
      guard let count = schema["count"]?.integer, let dimension = schema["dimension"]?.integer,
        let leaves = schema["leaves"]?.integer, let width = schema["subspace_width"]?.integer,
        let probes = schema["probes"]?.integer, let reordered = schema["reordered"]?.integer,
        1...0xffff_ffff ~= count, 1...65_536 ~= dimension, 1...count ~= leaves, 1...65_536 ~= width,
        1...leaves ~= probes, 1...count ~= reordered,
        ProductQuantizer.subspaces(of: dimension, width: width) <= 65_535
      else { throw ArtifactError.malformed(part: "schema", reason: "it does not describe an approximate index") }
      return (count, dimension, leaves, width, Effort(probes: probes, reordered: reordered))
    }
    let panels: UnsafeBufferPointer<Float> = try file.mapped("centroids")
    let subspaces = ProductQuantizer.subspaces(of: dimension, width: width)
    guard file.section("centroids")?.shape == [(leafCount + 15) / 16, dimension, 16] else {
      throw FileError(
        file.path, ArtifactError.malformed(part: "section \"centroids\"", reason: "its shape is not the schema's"))
    }
    let codebooks: [Float] = try file.read("codebooks", shape: [subspaces, width, ProductQuantizer.codewords])
    self.init(
      centroids: PackedRows(panels: panels, rows: leafCount, columns: dimension, owner: file),
      quantizer: ProductQuantizer(dimension: dimension, width: width, codebooks: AlignedFloats(codebooks)),
      leaves: try Leaves(
        file, leafCount: leafCount, count: count, stride: Matrix.padded(dimension), subspaces: subspaces),
      effort: effort)
  }

  /// All vectors, candidate after candidate, as rows of a copy.
  ///
  /// - Parameter first: empty rows before the first candidate.
  package func matrix(after first: Int = 0) -> Matrix {
    let matrix = Matrix(rows: first + count, columns: dimension)
    guard let vectors = leaves.vectors.values.baseAddress else { return matrix }
    for candidate in 0..<count {
      let place = min(Int(leaves.places[candidate]), count - 1)
      matrix.pointer(row: first + candidate).update(from: vectors + place * leaves.stride, count: dimension)
    }
    return matrix
  }
}
