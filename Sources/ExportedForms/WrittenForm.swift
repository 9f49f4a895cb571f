import Artifacts
import CandidateIndex
import Kernels
import Servable
import SystemFiles

/// An exported form read back from its mapped files: vectors and names.
///
/// `@safe` because it keeps the files mapped, and names are only read while they are given.
@safe
struct WrittenForm {
  typealias Names = ((_ place: Int, _ name: UnsafeRawBufferPointer) -> Void) throws -> Void

  let users: WrittenVectors
  let candidates: WrittenVectors
  /// The tables of features (`FeatureInputs.tables`), in their order.
  let tables: [WrittenVectors]
  let forEachUser: Names
  let forEachCandidate: Names
  /// Keeps the files mapped.
  let owner: Any

  /// Returns the vectors of queries by their rows; zeros for rows beyond the table.
  func queries(_ rows: [Int]) -> Matrix {
    let queries = Matrix(rows: rows.count, columns: users.dimension)
    for (place, row) in rows.enumerated() where row < users.count {
      users.copy(row..<row + 1, to: queries, row: place)
    }
    return queries
  }

  static func savedModel(
    _ folder: String, dimension: Int, features: FeatureInputs? = nil
  ) throws -> WrittenForm {
    let bundle = try TensorBundleReader(prefix: "\(folder)/variables/variables")
    return unsafe WrittenForm(
      users: WrittenVectors(
        try bundle.floats(RetrievalGraph.key("users")), dimension: dimension,
        release: bundle.releasePages),
      candidates: WrittenVectors(
        try bundle.floats(RetrievalGraph.key("candidates")), dimension: dimension,
        release: bundle.releasePages),
      tables: try (features?.tables ?? []).map { table in
        WrittenVectors(
          try bundle.floats(RetrievalGraph.key(table.name)), dimension: table.columns, release: bundle.releasePages)
      },
      forEachUser: { try unsafe bundle.forEachString(RetrievalGraph.key("user_ids"), $0) },
      forEachCandidate: { try unsafe bundle.forEachString(RetrievalGraph.key("identifiers"), $0) }, owner: bundle)
  }

  static func onnx(_ folder: String, dimension: Int, features: FeatureInputs? = nil) throws -> WrittenForm {
    let path = "\(folder)/\(ONNXWriter.fileName)"
    let (model, data) = try (
      naming(path) { try MappedBytes(path: path) },
      naming("\(folder)/\(ONNXWriter.dataName)") { try MappedBytes(path: "\(folder)/\(ONNXWriter.dataName)") }
    )
    func missing(_ part: String) -> FileError {
      FileError(path, ExportedFormError.missing(part))
    }
    guard let graph = unsafe model.buffer.fields(7).first(where: { _ in true })?.bytes else {
      throw missing("the graph")
    }
    func initializer(_ name: String) throws -> UnsafeRawBufferPointer {
      let found = unsafe graph.fields(5).first { tensor in
        unsafe tensor.bytes.fields(8).contains { unsafe $0.bytes.text == name }
      }
      guard let found else { throw missing("\"\(name)\"") }
      return unsafe found.bytes
    }
    func vectors(_ name: String, dimension: Int) throws -> WrittenVectors {
      var entries: [String: Int] = [:]
      for entry in try unsafe initializer(name).fields(13) {
        let (key, value) = unsafe (
          entry.bytes.fields(1).first { _ in true }, entry.bytes.fields(2).first { _ in true }
        )
        if let key, let value { unsafe entries[key.bytes.text] = unsafe Int(value.bytes.text) }
      }
      guard let start = entries["offset"], let length = entries["length"], start >= 0, length >= 0,
        start <= data.count, length <= data.count - start
      else { throw missing("\"\(name)\"") }
      let floats = unsafe UnsafeRawBufferPointer(rebasing: data.buffer[start..<start + length])
      return unsafe WrittenVectors(
        SharedValues(floats.bindMemory(to: Float.self), owner: data), dimension: dimension, release: data.releasePages)
    }
    let titles = try unsafe initializer("titles")
    let labels = unsafe graph.fields(1).first { node in
      unsafe node.bytes.fields(4).contains { unsafe $0.bytes.text == "LabelEncoder" }
    }
    guard let labels else { throw missing("the node of the ids") }
    let keys = unsafe labels.bytes.fields(5).first { attribute in
      unsafe attribute.bytes.fields(1).contains { unsafe $0.bytes.text == "keys_strings" }
    }
    return unsafe WrittenForm(
      users: try vectors("users", dimension: dimension), candidates: try vectors("candidates", dimension: dimension),
      tables: try (features?.tables ?? []).map { try vectors(ONNXFeatures.name($0), dimension: $0.columns) },
      forEachUser: { take in
        guard let keys else { return }
        for (place, field) in unsafe keys.bytes.fields(9).enumerated() { unsafe take(place, field.bytes) }
      },
      forEachCandidate: { take in
        for (place, field) in unsafe titles.fields(6).enumerated() { unsafe take(place, field.bytes) }
      },
      owner: (model, data))
  }
}

/// Rows of floats in a form's file.
struct WrittenVectors: VectorSource {
  private let values: SharedValues<Float>
  let dimension: Int
  private let release: @Sendable () -> Void

  /// - Parameter release: releases the mapping's resident pages; the contents are unaffected.
  init(_ values: SharedValues<Float>, dimension: Int, release: @escaping @Sendable () -> Void) {
    self.release = release
    self.values = values
    self.dimension = dimension
  }

  var count: Int { values.count / max(dimension, 1) }

  /// `true` if these are the rows of a table, bit by bit.
  func holds(_ table: FeatureTable) -> Bool {
    unsafe values.values.elementsEqual(table.values.values) { $0.bitPattern == $1.bitPattern }
  }

  func copy(_ rows: Range<Int>, to target: Matrix, row: Int) {
    guard let start = unsafe values.values.baseAddress else { return }
    for (place, source) in rows.enumerated() {
      unsafe target.pointer(row: row + place).update(from: start + source * dimension, count: dimension)
    }
  }

  func blocks() -> Blocks {
    Blocks(source: self, matrix: Matrix(rows: min(Blocks.size, max(count, 1)), columns: dimension))
  }

  struct Blocks: VectorBlocks {
    static let size = 16_384

    fileprivate let source: WrittenVectors
    fileprivate let matrix: Matrix
    private var first = 0

    fileprivate init(source: WrittenVectors, matrix: Matrix) {
      self.source = source
      self.matrix = matrix
    }

    mutating func next() -> VectorBlock? {
      let rows = first..<min(first + Self.size, source.count)
      guard !rows.isEmpty else { return nil }
      source.copy(rows, to: matrix, row: 0)
      source.release()
      defer { first = rows.upperBound }
      return VectorBlock(matrix, rows: 0..<rows.count, first: rows.lowerBound)
    }
  }
}
