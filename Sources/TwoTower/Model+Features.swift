package import Artifacts
package import CanonicalJSON
import Features
import Interactions
import Kernels
import SystemFiles

/// The features of a model's towers in an artifact: what was learnt of them, as vocabularies have it, and the vectors of
/// their values.
extension [TowerSide: FeatureVectors] {
  /// Adds the features to an artifact's schema; without any, the schema stays as it is.
  ///
  /// - Parameter context: of the query tower, if it has one.
  package func describe(in schema: inout [String: JSON], context: ContextVectors? = nil) {
    guard !isEmpty || context != nil else { return }
    declared(context).describe(in: &schema)
    context?.describe(in: &schema)
    for (side, vectors) in self {
      guard let layers = vectors.layers else {
        schema[side.featuresName] = ["unit_length": .bool(vectors.isNormalised)]
        continue
      }
      let fields: [String: JSON] = [
        "unit_length": .bool(vectors.isNormalised), "vector_length": JSON(vectors.table.columns),
      ]
      schema[side.layersName] = .object(fields.merging(layers.fields) { first, _ in first })
    }
  }

  package func write(to writer: ArtifactWriter, context: ContextVectors? = nil) throws {
    guard !isEmpty || context != nil else { return }
    try declared(context).write(to: writer)
    // A servable has the inputs of its own queries.
    if let context, context.inputs.rows > 0 {
      try context.write(to: writer)
    } else {
      try context?.writeTower(to: writer)
    }
    for side in TowerSide.allCases {
      guard let vectors = self[side] else { continue }
      let (name, table) = (vectors.isLinear ? side.featuresName : side.layersName, vectors.table)
      try writer.add(name, table.values, shape: [table.rows, table.columns], codec: .raw)
      try vectors.layers?.write(name, to: writer)
    }
  }

  private func declared(_ context: ContextVectors?) -> DeclaredFeatures {
    var declared = DeclaredFeatures()
    declared.areDeclared = true
    declared.context = context?.features ?? FeatureSet()
    for (side, vectors) in self { declared[side] = vectors.features }
    return declared
  }

  /// - Parameter dimension: of the vectors, without a bias.
  package init(_ file: ArtifactFile, dimension: Int) throws {
    self = [:]
    for side in TowerSide.allCases {
      if let layers = try FeatureVectors(layersOf: side, file, dimension: dimension) { self[side] = layers }
      guard let isNormalised = file.header.schema[side.featuresName]?["unit_length"]?.bool else { continue }
      let features = try DeclaredFeatures(file)[side]
      self[side] = FeatureVectors(
        features, table: try Matrix(file, side.featuresName, rows: features.width, columns: dimension),
        isNormalised: isNormalised)
    }
  }
}

extension FeatureVectors {
  /// Reads the vectors of a tower with dense layers; `nil` if the artifact has none of that side.
  fileprivate init?(layersOf side: TowerSide, _ file: ArtifactFile, dimension: Int) throws {
    guard let schema = file.header.schema[side.layersName] else { return nil }
    let features = try DeclaredFeatures(file)[side]
    let (isNormalised, length, layers) = try naming(file.path) {
      guard let isNormalised = schema["unit_length"]?.bool, let length = schema["vector_length"]?.integer,
        let layers = DenseLayers.Description(schema), 1...65_536 ~= length, layers.widths.last == dimension,
        ConcatTower.inputWidth(hasIDs: false, features, vectorLength: length) <= layers.widths[0]
      else { throw ArtifactError.malformed(part: "schema", reason: .incomplete(side.layersName)) }
      return (isNormalised, length, layers)
    }
    self.init(
      features, table: try Matrix(file, side.layersName, rows: features.width, columns: length),
      isNormalised: isNormalised, layers: try DenseLayers(file, side.layersName, layers))
  }
}

extension TowerSide {
  /// The section of the vectors, and the field of the schema that says how they are added.
  fileprivate var featuresName: String { "\(rawValue)_features" }

  /// The section of vectors that go through dense layers, and the field of the schema that says through which. A name of
  /// its own, so that a program that knows no layers does not take the vectors for ones to add.
  fileprivate var layersName: String { "\(rawValue)_concat" }
}

extension Matrix {
  /// A section of finite numbers.
  init(_ file: ArtifactFile, _ section: String, rows: Int, columns: Int) throws {
    let values: [Float] = try file.read(section, shape: [rows, columns])
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"\(section)\"", reason: .notFiniteRow(bad / columns)))
    }
    self.init(rows: rows, columns: columns, values: values)
  }
}
