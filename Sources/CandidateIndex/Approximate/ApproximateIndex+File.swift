import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles

extension ApproximateIndex {
  package var schema: [String: JSON] {
    [
      "kind": "approximate", "similarity": "inner-product", "count": JSON(count), "present": JSON(leaves.count),
      "dimension": JSON(dimension), "leaves": JSON(leafCount), "groups": JSON(geometry.tree.groupCount),
      "subspaces": JSON(geometry.quantizer.subspaces), "anisotropy": JSON(Double(geometry.quantizer.anisotropy)),
      "reach": JSON(Double(effort.reach)), "probes": JSON(min(effort.probes, leafCount)),
      "reordered": JSON(effort.reordered), "tuned_k": JSON(effort.k), "precision": JSON(precision.rawValue),
    ]
  }

  /// Sections of the index within an artifact, as they are scanned, to be mapped.
  package func write(to writer: ArtifactWriter) throws {
    try Self.write(geometry, leaves, parentSpreads, to: writer)
    try vectors.write(to: writer)
  }

  /// All of them but the vectors.
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
    try writer.add("places", leaves.places)
  }

  /// Opens the index where it lies in `file`: what is scanned is mapped; a look at each leaf's bounds is all it costs.
  package init(_ file: ArtifactFile, schema: JSON) throws {
    let sections = IndexSections(file: file)
    let shape = try naming(file.path) { try ApproximateShape(schema) }
    let (dimension, leafCount, groupCount) = (shape.dimension, shape.leaves, shape.groups)
    let groups: [Int] = try sections.rising("groups", count: groupCount + 1, to: leafCount)
    for start in groups.dropLast() where start % 16 != 0 {
      throw sections.malformed("groups", "a group begins at leaf \(start)")
    }
    let starts: [UInt32] = try file.read("subspace_starts", shape: [shape.subspaces + 1])
    guard starts.first == 0, starts.last == UInt32(dimension), zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw sections.malformed("subspace_starts", "they do not part \(dimension) dimensions") }
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
        places: try sections.mapped("places", [shape.count]),
        spreads: try sections.mapped("leaf_spreads", [Matrix.padded(leafCount)]), subspaces: shape.subspaces),
      parentSpreads: try sections.mapped("parent_spreads", [Matrix.padded(groupCount)]),
      vectors: try VectorTable(sections, count: shape.present, dimension: dimension, precision: shape.precision),
      effort: shape.effort)
  }

  /// All vectors as they are scored, candidate after candidate, as rows of a copy; of those that cannot be found zeros.
  ///
  /// - Parameter first: empty rows before the first candidate.
  package func matrix(after first: Int = 0) -> Matrix {
    let matrix = Matrix(rows: first + count, columns: dimension)
    for candidate in 0..<count where leaves.places[candidate] < UInt32(leaves.count) {
      vectors.copy(Int(leaves.places[candidate]), to: matrix.pointer(row: first + candidate))
    }
    return matrix
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
  let effort: ApproximateIndex.Effort
  let precision: VectorPrecision

  init(_ schema: JSON) throws(ArtifactError) {
    guard let count = schema["count"]?.integer, let present = schema["present"]?.integer,
      let dimension = schema["dimension"]?.integer, let leaves = schema["leaves"]?.integer,
      let groups = schema["groups"]?.integer, let subspaces = schema["subspaces"]?.integer,
      let anisotropy = schema["anisotropy"]?.number, let reach = schema["reach"]?.number,
      let probes = schema["probes"]?.integer, let reordered = schema["reordered"]?.integer,
      let tunedK = schema["tuned_k"]?.integer, 0..<0xffff_ffff ~= count, 0...count ~= present,
      1...65_536 ~= dimension, 1...max(count, 1) + 1_048_576 ~= leaves, 1...leaves ~= groups,
      2...65_534 ~= subspaces, subspaces % 2 == 0, 0...1_000_000 ~= anisotropy, 0...1_000_000 ~= reach,
      probes >= 1, 0...0xffff_ffff ~= reordered, 1...0xffff_ffff ~= tunedK
    else { throw ArtifactError.malformed(part: "schema", reason: "it does not describe an approximate index") }
    // Indexes that say nothing of it have floats.
    guard let precision = VectorPrecision(rawValue: schema["precision"].map { $0.string ?? "" } ?? "float32") else {
      throw .malformed(part: "schema", reason: "its vectors' precision is unknown to this build; update Tandem")
    }
    self.precision = precision
    self.count = count
    self.present = present
    self.dimension = dimension
    self.leaves = leaves
    self.groups = groups
    self.subspaces = subspaces
    self.anisotropy = Float(anisotropy)
    effort = ApproximateIndex.Effort(reach: Float(reach), probes: probes, reordered: reordered, k: tunedK)
  }
}

/// Sections of an index, checked as they are opened.
struct IndexSections {
  let file: ArtifactFile

  func malformed(_ name: String, _ reason: String) -> FileError {
    FileError(file.path, ArtifactError.malformed(part: "section \"\(name)\"", reason: reason))
  }

  func mapped<Element: SectionElement>(_ name: String, _ shape: [Int]) throws -> Storage<Element> {
    guard file.section(name)?.shape == shape else { throw malformed(name, "its shape is not \(shape)") }
    return try file.mapped(name)
  }

  /// Numbers from 0 to `last`, none less than the one before.
  func rising(_ name: String, count: Int, to last: Int) throws -> [Int] {
    let values: Storage<UInt64> = try mapped(name, [count])
    var before: UInt64 = 0
    for (place, value) in values.values.enumerated() {
      guard value >= before, value <= UInt64(last), place > 0 || value == 0 else {
        throw malformed(name, "number \(place) is \(value)")
      }
      before = value
    }
    guard before == UInt64(last) else { throw malformed(name, "it ends with \(before), not \(last)") }
    return values.values.map { Int($0) }
  }
}
