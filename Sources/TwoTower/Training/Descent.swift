import Kernels
import ParallelLoops

/// Takes the gradients of one side of a batch back through its tower, adds the penalty and steps; or holds them until
/// their common length is known, where it is limited.
struct Descent: Sendable {
  private let tower: Tower
  private let optimizer: Optimizer
  private let side: Batch.Side
  private let vectors: Tower.Vectors
  private let regularization: Regularization
  private let rate: Float
  private let learningRate: Float
  private let held: Matrix?

  init(
    _ tower: Tower, _ optimizer: Optimizer, _ side: Batch.Side, _ vectors: Tower.Vectors, _ settings: Trainer.Settings,
    rate: Double, step: Int
  ) {
    self.tower = tower
    self.optimizer = optimizer
    self.side = side
    self.vectors = vectors
    regularization = settings.regularization
    learningRate = Float(rate)
    self.rate = optimizer.rate(rate, step: step)
    held = settings.clipNorm == nil ? nil : Matrix(rows: side.rows.count, columns: tower.table.columns)
  }

  /// - Parameter gradient: of the vector of a row of the batch.
  func take(_ row: Int, _ gradient: UnsafeMutablePointer<Float>) {
    let table = tower.table
    tower.pullBack(gradient, row: row, of: vectors)
    regularization.add(
      table.pointer(row: Int(side.rows[row])), occurrences: side.counts[row], to: gradient, count: table.stride)
    if let held {
      held.pointer(row: row).update(from: gradient, count: held.stride)
    } else {
      step(row, gradient)
    }
  }

  private func step(_ row: Int, _ gradient: UnsafePointer<Float>) {
    optimizer.step(Int(side.rows[row]), gradient: gradient, rate: rate, learningRate: learningRate)
  }

  private var squaredLength: Double {
    guard let held else { return 0 }
    return (0..<held.rows).reduce(0) { sum, row in
      sum + Double(dot(held.pointer(row: row), held.pointer(row: row), count: held.stride))
    }
  }

  /// Scales what is held by `limit / length` where the length of all gradients together exceeds the limit, and steps.
  static func clip(_ ways: [Descent], to limit: Float, threads: Int) {
    let length = Float(ways.reduce(0) { $0 + $1.squaredLength }.squareRoot())
    let factor = length > limit ? limit / length : 1
    let size = 256
    for way in ways {
      guard let held = way.held else { continue }
      parallel(blocks: (held.rows + size - 1) / size, threads: threads) { block in
        for row in block * size..<min((block + 1) * size, held.rows) {
          scale(held.pointer(row: row), by: factor, count: held.stride)
          way.step(row, held.pointer(row: row))
        }
      }
    }
  }
}
