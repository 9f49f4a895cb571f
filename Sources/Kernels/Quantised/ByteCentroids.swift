import CKernels

/// Centroids in a byte a number: what is scored of them is `scale · bytes`, and nothing else is a centroid, so that the
/// residuals of candidates make up for the rounding.
package struct ByteCentroids: Sendable {
  package let count: Int
  package let dimension: Int
  /// The panels of 16 centroids: two signed bytes a centroid for each pair of dimensions; zeros behind the last.
  package let codes: SharedValues<UInt8>
  /// The scale of each centroid, padded to whole panels.
  package let scales: SharedValues<Float>

  /// Wraps centroids that lie elsewhere, such as in a mapped file.
  package init(codes: SharedValues<UInt8>, scales: SharedValues<Float>, count: Int, dimension: Int) {
    precondition(
      codes.count == Self.bytes(count, dimension) && scales.count == Matrix.padded(count),
      "\(codes.count) bytes and \(scales.count) scales for \(count) by \(dimension)")
    self.codes = codes
    self.scales = scales
    self.count = count
    self.dimension = dimension
  }

  /// Rounds rows; one that is not finite becomes zero.
  package init(_ rows: Matrix) {
    let codes = SharedBuffer<UInt8>(repeating: 0, count: Self.bytes(rows.rows, rows.columns))
    let scales = AlignedFloats(Matrix.padded(rows.rows))
    for row in 0..<rows.rows {
      let source = unsafe rows.pointer(row: row)
      let largest = (0..<rows.columns).reduce(Float(0)) { unsafe max($0, source[$1].magnitude) }
      let finite = (0..<rows.columns).allSatisfy { unsafe source[$0].isFinite }
      guard finite, largest > 0 else { continue }
      let scale = max(largest / 127, .leastNormalMagnitude)
      scales[row] = scale
      for column in 0..<rows.columns {
        codes[Self.place(row, column, rows.columns)] = unsafe UInt8(
          bitPattern: Int8((source[column] / scale).rounded()))
      }
    }
    self.init(
      codes: SharedValues(codes), scales: SharedValues(scales), count: rows.rows, dimension: rows.columns)
  }

  /// The queries that are scored, a row each.
  package var matrix: Matrix {
    let matrix = Matrix(rows: count, columns: dimension)
    for row in 0..<count {
      let target = unsafe matrix.pointer(row: row)
      for column in 0..<dimension {
        unsafe target[column] = Float(Int8(bitPattern: codes[Self.place(row, column, dimension)])) * scales[row]
      }
    }
    return matrix
  }

  package static func pairs(_ dimension: Int) -> Int { (dimension + 1) / 2 }

  package static func bytes(_ count: Int, _ dimension: Int) -> Int { Matrix.padded(count) / 16 * pairs(dimension) * 32 }

  private static func place(_ row: Int, _ column: Int, _ dimension: Int) -> Int {
    (row / 16 * pairs(dimension) + column / 2) * 32 + row % 16 * 2 + column % 2
  }

  /// Scores of panels of 16 centroids, and the keys of those whose bounds, `score + reach · spread`, are above a
  /// threshold; gives how many.
  ///
  /// - Parameters:
  ///   - panels: which.
  ///   - spreads, scores, bounds: one for each centroid, padded to whole panels.
  ///   - keys: room for one for each centroid of the panels.
  package func bound(
    _ query: CentroidQuery, panels: UnsafeBufferPointer<UInt32>, spreads: UnsafePointer<Float>, reach: Float,
    threshold: Float, scores: UnsafeMutablePointer<Float>, bounds: UnsafeMutablePointer<Float>,
    keys: UnsafeMutablePointer<UInt64>, variant: KernelVariant = .current
  ) -> Int {
    guard let list = panels.baseAddress, let codes = unsafe codes.values.baseAddress,
      let scales = unsafe scales.values.baseAddress
    else { return 0 }
    unsafe precondition(panels.allSatisfy { 16 * Int($0) < count }, "panels of \(count) centroids")
    precondition(query.dimension == dimension, "a query of \(query.dimension) dimensions for \(dimension)")
    var centroids = unsafe ck_byte_centroids(codes: codes, scales: scales, spreads: spreads)
    var form = unsafe ck_centroid_query(
      values: query.values.pointer, pairs: Self.pairs(dimension), step: query.step, reach: reach, threshold: threshold)
    return unsafe ck_bound_centroids(variant.code, &centroids, &form, list, panels.count, scores, bounds, keys)
  }
}

/// A query in whole numbers of up to 16 bits, with room of its own.
package final class CentroidQuery {
  package let dimension: Int
  let values: SharedBuffer<Int16>
  private(set) var step: Float = 0

  package init(dimension: Int) {
    self.dimension = dimension
    values = SharedBuffer(repeating: 0, count: 2 * ByteCentroids.pairs(dimension) + 1)
  }

  /// - Parameter query: `dimension` floats; one that is not finite scores 0.
  package func set(_ query: UnsafePointer<Float>) {
    // No sum of products with bytes may overflow, whatever the bytes.
    let limit = Float(min(32_767, Int(Int32.max) / (128 * max(dimension, 1)) - 1))
    let largest = (0..<dimension).reduce(Float(0)) { unsafe max($0, query[$1].magnitude) }
    step = largest.isFinite ? max(largest / limit, .leastNormalMagnitude) : 0
    for column in 0..<dimension {
      let value = unsafe (query[column] / step).rounded()
      values[column] = value.magnitude <= limit ? Int16(value) : 0
    }
  }
}
