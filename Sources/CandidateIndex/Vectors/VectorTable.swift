import Artifacts
import Kernels
import ParallelLoops

/// Candidates' vectors in the order of leaves, as contiguous rows of `dimension` numbers.
///
/// Unsafe inside, since the type of a number is known only when the file is read, and kernels take rows by pointer.
struct VectorTable: Sendable {
  let precision: VectorPrecision
  let dimension: Int
  let rows: Storage<UInt8>
  /// The scale of each position's vector if the precision has scales; otherwise empty.
  let scales: Storage<Float>

  private var rowBytes: Int { dimension * precision.bytes }

  /// The size in bytes.
  var size: Int { rows.count + 4 * scales.count }

  /// Scores a query against the vectors at some positions, each by one chain of fused multiply-adds in the order of the
  /// dimensions, as `ExactIndex` over the rounded vectors does. Bound by memory latency.
  func score(
    _ query: UnsafePointer<Float>, positions: UnsafeBufferPointer<UInt32>, into scores: UnsafeMutablePointer<Float>
  ) {
    guard let start = unsafe rows.values.baseAddress, let list = positions.baseAddress else { return }
    let rows = unsafe UnsafeRawPointer(start)
    switch precision {
    case .float32:
      unsafe scoreRows(
        query, columns: dimension, rows: rows.assumingMemoryBound(to: Float.self), stride: dimension, places: list,
        count: positions.count, scores: scores)
    case .float16:
      unsafe scoreHalves(
        query, columns: dimension, rows: rows.assumingMemoryBound(to: UInt16.self), places: list,
        count: positions.count, scores: scores)
    case .int8:
      guard let scales = unsafe scales.values.baseAddress else { return }
      unsafe scoreBytes(
        query, columns: dimension, rows: rows.assumingMemoryBound(to: Int8.self), scales: scales, places: list,
        count: positions.count, scores: scores)
    }
  }

  /// Copies the vector at a position, as it is scored, to a row of a matrix of as many columns.
  func copy(_ position: Int, to matrix: Matrix, row: Int) {
    guard let start = unsafe rows.values.baseAddress else { return }
    precondition(
      matrix.columns == dimension && row < matrix.rows && (position + 1) * rowBytes <= rows.count,
      "position \(position) to row \(row) of \(matrix.rows)")
    let target = unsafe matrix.pointer(row: row)
    let row = unsafe UnsafeRawPointer(start + position * rowBytes)
    switch precision {
    case .float32: unsafe target.update(from: row.assumingMemoryBound(to: Float.self), count: dimension)
    case .float16: unsafe widenHalves(row.assumingMemoryBound(to: UInt16.self), count: dimension, into: target)
    case .int8:
      let bytes = unsafe row.assumingMemoryBound(to: Int8.self)
      for column in 0..<dimension { unsafe target[column] = unsafe Float(bytes[column]) * scales[position] }
    }
  }
}

extension VectorTable {
  init<Source: VectorSource>(
    _ source: Source, in leaves: Leaves, precision: VectorPrecision, threads: Int
  ) throws(Source.Failure) {
    let window = VectorWindow(size: leaves.count, dimension: source.dimension, precision: precision)
    try window.fill(0..<leaves.count, from: source, leaves, threads: threads)
    self.init(
      precision: precision, dimension: source.dimension, rows: Storage(window.rows), scales: Storage(window.scales))
  }

  /// The source of a vector: a position of another table, or a row of new vectors.
  enum Origin {
    case kept(Int)
    case new(Int)
  }

  /// Copies vectors of another table, and rounds new ones to the same precision.
  ///
  /// - Parameter origins: one for each position.
  init(_ origins: [Origin], of old: VectorTable, new: Matrix) {
    let window = VectorWindow(size: origins.count, dimension: old.dimension, precision: old.precision)
    for (position, origin) in origins.enumerated() {
      switch origin {
      case .kept(let source): window.copy(source, of: old, to: position)
      case .new(let row): unsafe window.round(new.pointer(row: row), to: position)
      }
    }
    self.init(
      precision: old.precision, dimension: old.dimension, rows: Storage(window.rows), scales: Storage(window.scales))
  }

  func write(to writer: ArtifactWriter) throws {
    try unsafe writer.add(
      "vectors", type: precision.elementType, bytes: UnsafeRawBufferPointer(rows.values),
      shape: precision.shape(rows.count / max(rowBytes, 1), dimension), codec: .raw)
    if precision.hasScales { try writer.add("vector_scales", scales) }
  }

  /// Writes the table of a source without holding it: windows of positions, each filled in one reading of the source.
  ///
  /// - Parameter bytes: the size of a window.
  /// - Returns: the table, mapped in the file that is being written.
  static func write(
    _ source: some VectorSource, in leaves: Leaves, precision: VectorPrecision, window bytes: Int, threads: Int,
    to writer: ArtifactWriter
  ) throws -> VectorTable {
    let dimension = source.dimension
    let size = min(max(bytes / (precision.bytes * dimension), 1), max(leaves.count, 1))
    var scales: [Float] = []
    try unsafe writer.add(
      "vectors", type: precision.elementType, shape: precision.shape(leaves.count, dimension), codec: .raw
    ) { put in
      let window = VectorWindow(size: size, dimension: dimension, precision: precision)
      for first in stride(from: 0, to: leaves.count, by: size) {
        let positions = first..<min(first + size, leaves.count)
        try window.fill(positions, from: source, leaves, threads: threads)
        let filled = unsafe UnsafeRawBufferPointer(window.rows.buffer)[
          ..<(positions.count * dimension * precision.bytes)]
        try unsafe put(UnsafeRawBufferPointer(rebasing: filled))
        unsafe scales += window.scales.buffer.prefix(positions.count)
      }
      withExtendedLifetime(window) {}
    }
    if precision.hasScales { try writer.add("vector_scales", scales, codec: .raw) }
    let rows: Storage<UInt8> =
      precision == .float32
      ? Storage(bytesOf: try writer.mapped("vectors") as Storage<Float>) : try writer.mapped("vectors")
    return VectorTable(precision: precision, dimension: dimension, rows: rows, scales: Storage(copying: scales))
  }

  /// Maps the table in an artifact.
  init(
    _ sections: IndexSections, count: Int, dimension: Int, precision: VectorPrecision
  ) throws {
    let shape = precision.shape(count, dimension)
    self.init(
      precision: precision, dimension: dimension,
      rows: precision == .float32
        ? Storage(bytesOf: try sections.mapped("vectors", shape) as Storage<Float>)
        : try sections.mapped("vectors", shape),
      scales: precision.hasScales ? try sections.mapped("vector_scales", [count]) : Storage(copying: []))
  }
}

/// Rows of some positions, filled from any thread.
private struct VectorWindow: Sendable {
  let precision: VectorPrecision
  let dimension: Int
  let rows: SharedBuffer<UInt8>
  let scales: AlignedFloats

  init(size: Int, dimension: Int, precision: VectorPrecision) {
    self.precision = precision
    self.dimension = dimension
    rows = SharedBuffer(uninitialised: size * dimension * precision.bytes)
    scales = AlignedFloats(uninitialised: precision.hasScales ? size : 0)
  }

  func fill<Source: VectorSource>(
    _ positions: Range<Int>, from source: Source, _ leaves: Leaves, threads: Int
  ) throws(Source.Failure) {
    var blocks = try source.blocks()
    while let block = try blocks.next() {
      let parts = block.parts(of: 4096)
      parallel(blocks: parts.count, threads: threads) { part in
        for candidate in parts[part].numbers {
          let position = Int(leaves.positions[candidate]) - positions.lowerBound
          guard 0..<positions.count ~= position else { continue }
          unsafe round(block.matrix.pointer(row: block.row(of: candidate)), to: position)
        }
      }
    }
  }

  func round(_ vector: UnsafePointer<Float>, to position: Int) {
    let scale = unsafe precision.round(
      vector, dimension: dimension, into: UnsafeMutableRawPointer(rows.pointer + position * dimension * precision.bytes)
    )
    if precision.hasScales { scales[position] = scale }
  }

  func copy(_ source: Int, of table: VectorTable, to position: Int) {
    guard let start = unsafe table.rows.values.baseAddress else { return }
    let bytes = dimension * precision.bytes
    unsafe (rows.pointer + position * bytes).update(from: start + source * bytes, count: bytes)
    if precision.hasScales { scales[position] = table.scales[source] }
  }
}
