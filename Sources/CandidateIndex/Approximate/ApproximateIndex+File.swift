package import Artifacts
package import CanonicalJSON
import Kernels
import SystemFiles

extension ApproximateIndex {
  package var schema: [String: JSON] {
    [
      "kind": "approximate", "similarity": "inner-product", "count": JSON(count), "present": JSON(leaves.count),
      "dimension": JSON(dimension), "leaves": JSON(leafCount), "groups": JSON(geometry.tree.groupCount),
      "subspaces": JSON(geometry.quantizer.subspaces), "anisotropy": JSON(Double(geometry.quantizer.anisotropy)),
      "reach": JSON(Double(tuned.reach)), "probes": JSON(min(tuned.probes, leafCount)),
      "reordered": JSON(tuned.reordered), "tuned_k": JSON(tuned.k), "precision": JSON(precision.rawValue),
    ]
  }

  package func write(to writer: ArtifactWriter) throws {
    try Self.write(geometry, leaves, parentSpreads, to: writer)
    try vectors.write(to: writer)
  }

  /// Adds all sections but those of the vectors.
  static func write(
    _ geometry: Geometry, _ leaves: Leaves, _ parentSpreads: Storage<Float>, to writer: ArtifactWriter
  ) throws {
    let (space, tree, quantizer) = (geometry.space, geometry.tree, geometry.quantizer)
    let dimension = geometry.dimension
    try writer.add("candidate_map", space.candidateMap.values, shape: [dimension, dimension], codec: .raw)
    try writer.add("query_map", space.queryMap.values, shape: [dimension, dimension], codec: .raw)
    try writer.add("parents", tree.parents.panels, shape: [tree.parents.paddedRows / 16, dimension, 16], codec: .raw)
    try writer.add("parent_spreads", parentSpreads)
    try writer.add("parent_shape", geometry.parentShape, codec: .raw)
    try writer.add("groups", tree.groups.map { UInt64($0) }, codec: .raw)
    let centroids = tree.centroids
    try writer.add(
      "centroids", Array(centroids.codes),
      shape: [Matrix.padded(tree.leafCount) / 16, ByteCentroids.pairs(dimension), 16, 2], codec: .raw)
    try writer.add("centroid_scales", Array(centroids.scales), codec: .raw)
    try writer.add("leaf_spreads", leaves.spreads)
    try writer.add("leaf_shape", geometry.leafShape, codec: .raw)
    try writer.add("leaf_starts", leaves.starts)
    try writer.add("subspace_starts", quantizer.starts, codec: .raw)
    try writer.add(
      "codebooks", quantizer.codebooks.array, shape: [dimension, ProductQuantizer.codewords], codec: .raw)
    try writer.add("codes", leaves.codes, shape: [leaves.blockCount, leaves.subspaces, Leaves.block / 2])
    try writer.add("numbers", leaves.numbers)
    try writer.add("places", leaves.positions)
  }

  /// Opens the index where it lies in `file`: O(leaves + `dimension`²), as the scanned sections are mapped.
  ///
  /// - Throws: `FileError` if a section is missing or has numbers with which a search would not be safe.
  package init(_ file: ArtifactFile, schema: JSON) throws {
    let sections = IndexSections(file: file)
    let shape = try naming(file.path) { try ApproximateShape(schema) }
    let (dimension, leafCount, groupCount) = (shape.dimension, shape.leaves, shape.groups)
    let groups: [Int] = try sections.rising("groups", count: groupCount + 1, to: leafCount)
    for start in groups.dropLast() where start % 16 != 0 {
      throw sections.error(
        .number(
          section: "groups", index: groups.firstIndex(of: start) ?? 0, found: UInt64(start),
          expected: "a multiple of 16"))
    }
    let starts: [UInt32] = try file.read("subspace_starts", shape: [shape.subspaces + 1])
    for (index, start) in starts.enumerated()
    where index == 0 && start != 0 || index > 0 && start < starts[index - 1]
      || index == shape.subspaces && start != dimension
    {
      throw sections.error(
        .number(
          section: "subspace_starts", index: index, found: UInt64(start),
          expected: "numbers that rise from 0 to \(dimension)"))
    }
    let codebooks: [Float] = try file.read("codebooks", shape: [dimension, ProductQuantizer.codewords])
    func square(_ name: String) throws -> Matrix {
      let values: [Float] = try file.read(name, shape: [dimension, dimension])
      return Matrix(rows: dimension, columns: dimension, values: values)
    }
    func panels(_ name: String, _ rows: Int) throws -> PackedRows {
      let values: Storage<Float> = try sections.mapped(name, [(rows + 15) / 16, dimension, 16])
      return PackedRows(panels: values, rows: rows, columns: dimension)
    }
    func centroids() throws -> ByteCentroids {
      let panels = Matrix.padded(leafCount) / 16
      let codes: Storage<UInt8> = try sections.mapped("centroids", [panels, ByteCentroids.pairs(dimension), 16, 2])
      let scales: Storage<Float> = try sections.mapped("centroid_scales", [16 * panels])
      return ByteCentroids(codes: codes, scales: scales, count: leafCount, dimension: dimension)
    }
    let boundaries: [Int] = try sections.rising("leaf_starts", count: leafCount + 1, to: shape.present)
    let blocks = Leaves.blocks(boundaries).last ?? 0
    self.init(
      geometry: Geometry(
        space: ScoreSpace(candidateMap: try square("candidate_map"), queryMap: try square("query_map")),
        tree: LeafTree(
          parents: try panels("parents", groupCount), groups: groups,
          centroids: try centroids()),
        quantizer: ProductQuantizer(
          starts: starts, codebooks: AlignedFloats(codebooks), anisotropy: shape.anisotropy),
        leafShape: try file.read("leaf_shape", shape: [dimension]),
        parentShape: try file.read("parent_shape", shape: [dimension])),
      leaves: Leaves(
        starts: try sections.mapped("leaf_starts", [leafCount + 1]),
        codes: try sections.mapped("codes", [blocks, shape.subspaces, Leaves.block / 2]),
        numbers: try sections.mapped("numbers", [shape.present]),
        positions: try sections.mapped("places", [shape.count]),
        spreads: try sections.mapped("leaf_spreads", [Matrix.padded(leafCount)]), subspaces: shape.subspaces),
      parentSpreads: try sections.mapped("parent_spreads", [Matrix.padded(groupCount)]),
      vectors: try VectorTable(sections, count: shape.present, dimension: dimension, precision: shape.precision),
      parameters: shape.parameters)
  }
}

/// The numbers that an approximate index's sections are checked against.
private struct ApproximateShape {
  let count: Int
  let present: Int
  let dimension: Int
  let leaves: Int
  let groups: Int
  let subspaces: Int
  let anisotropy: Float
  let parameters: SearchParameters
  let precision: VectorPrecision

  init(_ schema: JSON) throws(CandidateIndexError) {
    guard let count = schema["count"]?.integer, let present = schema["present"]?.integer,
      let dimension = schema["dimension"]?.integer, let leaves = schema["leaves"]?.integer,
      let groups = schema["groups"]?.integer, let subspaces = schema["subspaces"]?.integer,
      let anisotropy = schema["anisotropy"]?.number, let reach = schema["reach"]?.number,
      let probes = schema["probes"]?.integer, let reordered = schema["reordered"]?.integer,
      let tunedK = schema["tuned_k"]?.integer, 0..<0xffff_ffff ~= count, 0...count ~= present,
      1...65_536 ~= dimension, 1...max(count, 1) + 1_048_576 ~= leaves, 1...leaves ~= groups,
      2...65_534 ~= subspaces, subspaces % 2 == 0, 0...1_000_000 ~= anisotropy, 0...1_000_000 ~= reach,
      probes >= 1, 0...0xffff_ffff ~= reordered, 1...0xffff_ffff ~= tunedK
    else { throw .schema("the sizes and search parameters of an approximate index") }
    // Schemas without a precision are older than the choice: their vectors are float32.
    guard let precision = VectorPrecision(rawValue: schema["precision"].map { $0.string ?? "" } ?? "float32") else {
      throw .unknown(part: "precision of vectors", found: schema["precision"]?.text ?? "")
    }
    self.precision = precision
    self.count = count
    self.present = present
    self.dimension = dimension
    self.leaves = leaves
    self.groups = groups
    self.subspaces = subspaces
    self.anisotropy = Float(anisotropy)
    parameters = SearchParameters(reach: Float(reach), probes: probes, reordered: reordered, k: tunedK)
  }
}
