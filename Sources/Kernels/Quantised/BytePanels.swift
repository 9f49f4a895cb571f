import CKernels
import ParallelLoops

/// Packed rows in a byte a number, and how far from the rows these can be, so that a quarter of the memory gives a
/// bound of every score.
///
/// Row x is `scale · bytes + r`, the scale its largest magnitude / 127 and r what rounding left. A query q is likewise
/// `step · values + p`. By Cauchy and Schwarz the score exceeds `scale · step · (bytes · values)` by no more than
/// `scale ‖bytes‖ ‖p‖ + ‖r‖ ‖q‖`, and by what its own chain of multiply-adds may round up, `γ ‖x‖ ‖q‖` (Higham,
/// Accuracy and Stability of Numerical Algorithms, 2002, section 3.1). `error` is the greatest (‖r‖ + γ ‖x‖) / scale of
/// a panel, no unit.
package struct BytePanels: Sendable {
  package let rows: Int
  package let columns: Int
  /// Two signed bytes a row for each panel of 16 rows and each pair of columns; zeros behind the last.
  package let codes: SharedValues<UInt8>
  /// The scale of each row, padded to whole panels; 0 where a row is zero.
  package let scales: SharedValues<Float>
  /// The error bound of each panel.
  package let errors: SharedValues<Float>

  /// Wraps panels that lie elsewhere, such as in a mapped file.
  package init(
    codes: SharedValues<UInt8>, scales: SharedValues<Float>, errors: SharedValues<Float>, rows: Int, columns: Int
  ) {
    let panels = Matrix.padded(rows) / 16
    precondition(
      codes.count == panels * Self.pairs(columns) * 32 && scales.count == panels * 16 && errors.count == panels,
      "\(codes.count) bytes, \(scales.count) scales and \(errors.count) errors for \(rows) by \(columns)")
    self.rows = rows
    self.columns = columns
    self.codes = codes
    self.scales = scales
    self.errors = errors
  }

  /// Packs rows; nil where a row is not finite or has numbers beyond 2^47, whose scores could overflow on the way.
  package init?(_ packed: PackedRows, threads: Int = 1) {
    let panels = packed.paddedRows / 16
    let block = Block(panels: panels, columns: packed.columns)
    let size = 64
    let bounded = parallelMap((panels + size - 1) / size, threads: threads) { part in
      (part * size..<min((part + 1) * size, panels)).allSatisfy { block.fill($0, from: packed) }
    }
    guard bounded.allSatisfy({ $0 }) else { return nil }
    self.init(
      codes: SharedValues(block.codes), scales: SharedValues(block.scales), errors: SharedValues(block.errors),
      rows: packed.rows, columns: packed.columns)
  }

  /// The number of pairs of columns, the last of which may be half empty.
  package static func pairs(_ columns: Int) -> Int { (columns + 1) / 2 }

  /// The rows of a tile whose scores with the query may be above a threshold, rising.
  ///
  /// - Parameters:
  ///   - tile: begins at a multiple of 16.
  ///   - places: room for `tile.count` numbers.
  /// - Returns: how many they are.
  package func scan(
    _ query: ByteQuery, tile: Range<Int>, above threshold: Float, into places: UnsafeMutablePointer<UInt32>,
    variant: KernelVariant = .current
  ) -> Int {
    precondition(query.columns == columns, "a query of \(query.columns) columns, the rows have \(columns)")
    precondition(
      tile.lowerBound >= 0 && tile.lowerBound % 16 == 0 && tile.upperBound <= rows, "tile \(tile) of \(rows)")
    guard let codes = unsafe codes.values.baseAddress, let scales = unsafe scales.values.baseAddress,
      let errors = unsafe errors.values.baseAddress
    else { return 0 }
    let (panel, pairs) = (tile.lowerBound / 16, Self.pairs(columns))
    return unsafe query.withKernelForm(pairs: pairs) {
      unsafe ck_scan_bytes(
        variant.code, $0, codes + panel * pairs * 32, tile.count, scales + tile.lowerBound, errors + panel, threshold,
        UInt32(tile.lowerBound), places)
    }
  }
}

/// The buffers in which panels are made.
private struct Block: Sendable {
  let codes: SharedBuffer<UInt8>
  let scales: AlignedFloats
  let errors: AlignedFloats

  init(panels: Int, columns: Int) {
    codes = SharedBuffer(repeating: 0, count: panels * BytePanels.pairs(columns) * 32)
    scales = AlignedFloats(panels * 16)
    errors = AlignedFloats(panels)
  }

  /// `true` if the panel's rows are finite and not too large.
  func fill(_ panel: Int, from packed: PackedRows) -> Bool {
    let columns = packed.columns
    let source = unsafe packed.pointer + panel * 16 * columns
    let target = unsafe codes.pointer + panel * BytePanels.pairs(columns) * 32
    let gamma = Rounding.chain(columns)
    var error = 0.0
    for lane in 0..<16 {
      var largest: Float = 0
      for column in 0..<columns {
        let magnitude = unsafe source[column * 16 + lane].magnitude
        guard magnitude <= 0x1p47 else { return false }
        largest = max(largest, magnitude)
      }
      guard largest > 0 else { continue }
      let scale = max(largest / 127, .leastNormalMagnitude)
      var (left, square) = (0.0, 0.0)
      for column in 0..<columns {
        let value = unsafe source[column * 16 + lane]
        let byte = Int8((value / scale).rounded())
        unsafe target[column / 2 * 32 + lane * 2 + column % 2] = UInt8(bitPattern: byte)
        let rest = Double(value) - Double(scale) * Double(byte)
        left += rest * rest
        square += Double(value) * Double(value)
      }
      scales[panel * 16 + lane] = scale
      error = max(error, (left.squareRoot() + gamma * square.squareRoot()) / Double(scale))
    }
    errors[panel] = Rounding.up(error * (1 + 0x1p-18))
    return true
  }
}

enum Rounding {
  /// The least float that is no less.
  static func up(_ value: Double) -> Float {
    let near = Float(value)
    return Double(near) < value ? near.nextUp : near
  }

  /// The greatest error of a chain of so many roundings of floats, relative to the sum of magnitudes.
  static func chain(_ count: Int) -> Double { Double(count) * 0x1p-24 / (1 - Double(count) * 0x1p-24) }
}
