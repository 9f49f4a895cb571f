package import Features
package import Interactions
package import Kernels
import LinearAlgebra
package import Tables

/// A deep tower: the vector of an id, if ids have vectors, those of its context, if it is asked in one, and those of its
/// features side by side, through dense layers.
///
/// Each distinct input of a batch goes through the layers once. Rows of ids are distinct; without ids all rows with the
/// same features, and in the same context, are one input.
package struct ConcatTower: Tower {
  private let ids: ParameterTable?
  private let values: ParameterTable?
  private let context: Context?
  private let layers: [ParameterTable]
  private let form: DenseLayers.Form
  private let encoded: EncodedVocabulary?
  private let input: ConcatenatedInput
  /// The number of each row's input, where rows share inputs.
  private let inputNumbers: [Int32]?

  /// The context of queries.
  private struct Context: Sendable {
    let all: QueriesInContext
    var values: ParameterTable
    let input: ConcatenatedInput
  }

  /// - Parameters:
  ///   - ids: a row for each value of the vocabulary, and row 0 for the unknown; `nil` where features say everything.
  ///   - encoded: the values of the vocabulary; `nil` where ids are all there is.
  ///   - table: a row for each column of the encoding; those of numbers stay as they are. All matrices are trained in place.
  ///   - layers: whose inputs are as long as the vectors side by side (`inputWidth`).
  ///   - context: the queries in contexts that are the rows of a query tower, and a row for each column of their encoding.
  package init(
    _ side: TowerSide, ids: Matrix?, _ encoded: EncodedVocabulary?, table: Matrix?, layers: DenseLayers,
    context: (all: QueriesInContext, table: Matrix)? = nil
  ) {
    precondition(ids != nil || encoded != nil, "a tower without ids and without features")
    let features = encoded?.features ?? FeatureSet()
    precondition(table?.rows == encoded?.features.width, "\(table?.rows ?? 0) rows for \(features.width) values")
    self.ids = ids.map { ParameterTable("table", rowsOf: side, $0) }
    values = table.map { ParameterTable("features", rowsOf: features, $0) }
    self.layers = layers.matrices.enumerated().map { ParameterTable("layer_\($0 + 1)", ofLayer: $1) }
    form = layers.form
    self.encoded = encoded
    self.context = context.map { all, table in
      Context(
        all: all, values: ParameterTable("context", rowsOfContext: all.features, table),
        input: ConcatenatedInput(idWidth: ids?.columns ?? 0, all.features, valueWidth: table.columns))
    }
    // Inputs before those of the features are an id's and a context's, and features alone are read without either.
    input = ConcatenatedInput(
      idWidth: self.context?.input.width ?? ids?.columns ?? 0, features, valueWidth: table?.columns ?? 0)
    precondition(layers.widths[0] == input.width, "layers of \(layers.widths[0]) inputs for \(input.width)")
    let ofFeatures = ids == nil ? encoded.map { Self.numbers(of: $0.matrix) } : nil
    inputNumbers = ofFeatures.map { numbers in context.map { $0.all.numbers(ofInputs: numbers) } ?? numbers }
  }

  private init(_ tower: ConcatTower, _ parameters: [Matrix]) {
    var rest = parameters[...]
    ids = tower.ids.flatMap { table in rest.popFirst().map { table.with($0) } }
    values = tower.values.flatMap { table in rest.popFirst().map { table.with($0) } }
    context = tower.context.flatMap { context in
      rest.popFirst().map { Context(all: context.all, values: context.values.with($0), input: context.input) }
    }
    layers = zip(tower.layers, rest).map { $0.with($1) }
    (form, encoded, input, inputNumbers) = (tower.form, tower.encoded, tower.input, tower.inputNumbers)
  }

  package func with(_ parameters: [Matrix]) -> ConcatTower { ConcatTower(self, parameters) }

  /// The length of the inputs of a tower's layers.
  package static func inputWidth(
    hasIDs: Bool, _ features: FeatureSet, context: FeatureSet = FeatureSet(), vectorLength: Int
  ) -> Int {
    let before = ConcatenatedInput(idWidth: hasIDs ? vectorLength : 0, context, valueWidth: vectorLength).width
    return ConcatenatedInput(idWidth: before, features, valueWidth: vectorLength).width
  }

  package var rowCount: Int { ids?.matrix.rows ?? EmbeddingRow.count(vocabulary: encoded?.matrix.rowCount ?? 0) }
  package var dimension: Int { layers[layers.count - 1].matrix.columns }
  package var parameters: [ParameterTable] { [ids, values, context?.values].compactMap { $0 } + layers }
  package var layerShape: LayerShape? {
    LayerShape(
      inputs: (ids == nil ? [] : ["id"])
        + (context?.all.features.features.map { "context \($0.declaration.text)" } ?? [])
        + (encoded?.features.features.map(\.declaration.text) ?? []), denseLayers)
  }

  private var denseLayers: DenseLayers { DenseLayers(form, matrices: layers.map(\.matrix)) }

  package func features(isNormalised: Bool) -> FeatureVectors? {
    guard let encoded, let values else { return nil }
    return FeatureVectors(encoded.features, table: values.matrix, isNormalised: isNormalised, layers: denseLayers)
  }

  package var queriesInContext: QueriesInContext? { context?.all }

  package func contexts(isNormalised: Bool, threads: Int) -> ContextVectors? {
    context.map { context in
      ContextVectors(
        context.all.features, table: context.values.matrix, inputs: inputs(ofQueries: allRows, threads: threads),
        isNormalised: isNormalised, layers: (layers: denseLayers, start: context.input.idWidth))
    }
  }

  /// Equal rows of an encoding have equal numbers. The unknown, which has no features, is a row by itself.
  private static func numbers(of encoding: SparseMatrix) -> [Int32] {
    struct Key: Hashable {
      let columns: ArraySlice<Int32>
      let weights: ArraySlice<Float>?
    }
    var numbers: [Key: Int32] = [:]
    return [0]
      + (0..<encoding.rowCount).map { row in
        let range = encoding.starts[row]..<encoding.starts[row + 1]
        let key = Key(columns: encoding.columns[range], weights: encoding.values?[range])
        if let number = numbers[key] { return number }
        let number = Int32(numbers.count + 1)
        numbers[key] = number
        return number
      }
  }
}

extension ConcatTower {
  package func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    let distinct = DistinctInputs(rows, numbers: inputNumbers)
    let own = denseLayers.outputs(distinct.rows.count, threads: threads) {
      inputs(of: Array(distinct.rows[$0]), threads: threads)
    }
    guard let places = distinct.places else { return own }
    let vectors = Matrix(rows: rows.count, columns: dimension)
    vectors.gather(own, rows: places)
    return vectors
  }

  package func vocabularyVectors(threads: Int) -> Matrix {
    guard context != nil else { return vectors(of: allRows, threads: threads) }
    let rows = allRows
    return denseLayers.outputs(rows.count, threads: threads) {
      inputs(ofQueries: Array(rows[$0]), threads: threads)
    }
  }

  package func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    let distinct = DistinctInputs(rows, numbers: inputNumbers)
    let (own, counts) = distinct.sums(gradients, occurrences)
    let layers = denseLayers
    let ofLayers = layers.zeros
    let ofInputs = Matrix(rows: distinct.rows.count, columns: input.width)
    forEachChunk(of: distinct.rows) { chunk, rows in
      let part = Matrix(rows: rows.count, columns: dimension)
      for row in 0..<rows.count { part.copy(row: chunk + row, of: own, to: row) }
      let pass = layers.pass(inputs(of: rows, threads: threads), threads: threads)
      let back = layers.pullBack(part, through: pass, addingTo: ofLayers, threads: threads)
      for row in 0..<rows.count { ofInputs.copy(row: row, of: back, to: chunk + row) }
    }
    return ofTables(ofInputs, distinct.rows, counts, threads: threads)
      + ofLayers.map { matrix in
        let all = (0..<matrix.rows).map { EmbeddingRow(index: $0) }
        return ParameterGradients(rows: all, occurrences: all.map { _ in 1 }, matrix: matrix)
      }
  }

  /// Gradients of the tables from those of inputs.
  private func ofTables(
    _ ofInputs: Matrix, _ rows: [EmbeddingRow], _ occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    guard let context else { return ofTables(ofQueries: ofInputs, rows, occurrences, threads: threads) }
    let runs = QueryRuns(rows, of: context.all)
    let (ofQueries, counts) = runs.sums(ofInputs, occurrences, threads: threads)
    let values = ValuesOfRows(runs.contexts, of: context.all.encoding, where: context.input.hasVector)
    return ofTables(ofQueries: ofQueries, runs.queries, counts, threads: threads) + [
      values.gradients(columns: context.input.valueWidth, occurrences: occurrences, threads: threads) {
        context.input.addGradient(of: $0, from: ofInputs, to: $1, row: $2)
      }
    ]
  }

  /// - Parameter rows: of the vocabulary.
  private func ofTables(
    ofQueries ofInputs: Matrix, _ rows: [EmbeddingRow], _ occurrences: [Float], threads: Int
  ) -> [ParameterGradients] {
    var gradients: [ParameterGradients] = []
    if let ids {
      let matrix = Matrix(rows: rows.count, columns: ids.matrix.columns)
      for row in rows.indices { matrix.addScaled(row: row, from: 0, of: ofInputs, by: 1, to: row) }
      gradients.append(ParameterGradients(rows: rows, occurrences: occurrences, matrix: matrix))
    }
    if let encoded {
      let values = ValuesOfRows(rows, of: encoded.matrix, where: input.hasVector)
      gradients.append(
        values.gradients(columns: input.valueWidth, occurrences: occurrences, threads: threads) {
          input.addGradient(of: $0, from: ofInputs, to: $1, row: $2)
        })
    }
    return gradients
  }

  private func inputs(of rows: [EmbeddingRow], threads: Int) -> Matrix {
    guard let context else { return inputs(ofQueries: rows, threads: threads) }
    let inputs = inputs(ofQueries: rows.map { context.all.query($0) }, threads: threads)
    let (all, table, input) = (context.all, context.values.matrix, context.input)
    parallelRows(rows.count, threads: threads) { row in
      input.add(all.encoding, all.context(rows[row]), table, to: inputs, row: row)
    }
    return inputs
  }

  /// The inputs of rows of the vocabulary, of any context none.
  private func inputs(ofQueries rows: [EmbeddingRow], threads: Int) -> Matrix {
    let inputs = Matrix(rows: rows.count, columns: input.width)
    if let table = ids?.matrix {
      parallelRows(rows.count, threads: threads) { row in
        inputs.addScaled(row: Int(rows[row].index), of: table, by: 1, to: row, from: 0)
      }
    }
    if let encoding = encoded?.matrix, let table = values?.matrix {
      parallelRows(rows.count, threads: threads) { row in
        if let place = rows[row].place { input.add(encoding, place, table, to: inputs, row: row) }
      }
    }
    return inputs
  }

  private func forEachChunk(of rows: [EmbeddingRow], _ body: (_ start: Int, [EmbeddingRow]) -> Void) {
    for start in stride(from: 0, to: rows.count, by: DenseLayers.chunk) {
      body(start, Array(rows[start..<min(start + DenseLayers.chunk, rows.count)]))
    }
  }
}

/// The distinct inputs of a batch's rows, in the order in which they come.
private struct DistinctInputs {
  /// A row that has each.
  private(set) var rows: [EmbeddingRow]
  /// The input of each row; `nil` where each has its own.
  private(set) var places: [Int32]?

  /// - Parameter numbers: of the inputs of all rows; `nil` where each has its own.
  init(_ all: [EmbeddingRow], numbers: [Int32]?) {
    rows = all
    guard let numbers else { return }
    var (distinct, found) = ([EmbeddingRow](), [Int32: Int32]())
    let places = all.map { row in
      let number = numbers[Int(row.index)]
      if let place = found[number] { return place }
      let place = Int32(distinct.count)
      found[number] = place
      distinct.append(row)
      return place
    }
    (rows, self.places) = (distinct, places)
  }

  /// Gradients and occurrences of inputs, which are the sums of those of their rows.
  func sums(_ gradients: Matrix, _ occurrences: [Float]) -> (Matrix, [Float]) {
    guard let places else { return (gradients, occurrences) }
    let sums = Matrix(rows: rows.count, columns: gradients.columns)
    var counts = [Float](repeating: 0, count: rows.count)
    for (row, place) in places.enumerated() {
      sums.addScaled(row: row, of: gradients, by: 1, to: Int(place))
      counts[Int(place)] += occurrences[row]
    }
    return (sums, counts)
  }
}
