import CPeak
import Glibc
import Kernels
import RandomNumbers
import Tables
import TwoTower

/// Prints the speed of the kernels of training beside the processor's peak, one line each:
/// name, dimension (0 if it has none), units a second. `Benchmarks/kernels` makes a table of it.
@main
struct KernelBenchmark {
  /// A batch as the tuned recipe has it on MovieLens 100K.
  static let (queries, candidates) = (943, 1664)
  static let repeats = 15

  static func main() {
    let rounds = 4_000_000
    report("peak", 0, work: Double(rounds) * Double(CP_OPERATIONS)) { _ = cp_multiply_add(rounds) }
    for dimension in [32, 64, 128] { products(dimension) }
    catalog()
    exponents()
  }

  /// The least CPU time of several runs, so that neighbours on the machine do not count.
  static func report(_ name: String, _ dimension: Int, work: Double, _ body: () -> Void) {
    var best = Double.infinity
    for _ in 0..<repeats {
      let start = now()
      body()
      best = min(best, now() - start)
    }
    print("\(name)\t\(dimension)\t\(work / best)")
  }

  static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var random = RandomGenerator(seed: seed)
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { unsafe matrix.pointer(row: row)[column] = random.uniform() - 0.5 }
    }
    return matrix
  }

  /// The whole of one batch, in the order and the tiles of training; then each product by itself.
  static func products(_ dimension: Int) {
    let (left, right) = (matrix(queries, dimension, seed: 1), matrix(candidates, dimension, seed: 2))
    let work = 2 * Double(queries * candidates * dimension)
    let probe = Products(queries: left, candidates: right)
    report("scores", dimension, work: work) { probe.scores() }
    report("query gradients", dimension, work: work) { probe.queryGradients() }
    report("candidate gradients", dimension, work: work) { probe.candidateGradients() }
    var random = RandomGenerator(seed: 3)
    let batch = Batch(
      queries: (0..<80_000).map { _ in EmbeddingRow(index: random.below(UInt64(queries))) },
      candidates: (0..<80_000).map { _ in EmbeddingRow(index: random.below(UInt64(candidates))) },
      catalog: .unknown..<EmbeddingRow(index: candidates))
    let rows = Matrix(rows: batch.queries.rows.count, columns: dimension)
    rows.gather(left, rows: batch.queries.rows.map(\.index))
    let copies = [Float](repeating: 1, count: candidates)
    report("whole softmax", dimension, work: 3 * work) {
      _ = SampledSoftmax(batch, queries: rows, candidates: right, copies: copies).run(threads: 1)
    }
  }

  /// The full softmax of some queries over a catalog that no cache holds.
  static func catalog() {
    let (rows, count, dimension) = (768, 41_000, 64)
    var random = RandomGenerator(seed: 4)
    let pairs = 27 * rows
    let batch = Batch(
      queries: (0..<pairs).map { _ in EmbeddingRow(index: random.below(UInt64(rows))) },
      candidates: (0..<pairs).map { _ in EmbeddingRow(index: random.below(UInt64(count))) },
      catalog: .unknown..<EmbeddingRow(index: count))
    let left = matrix(batch.queries.rows.count, dimension, seed: 5)
    let softmax = SampledSoftmax(
      batch, queries: left, candidates: matrix(count, dimension, seed: 6),
      copies: [Float](repeating: 1, count: count))
    report("full softmax", dimension, work: 6 * Double(left.rows * count * dimension)) {
      _ = softmax.run(threads: 1)
    }
  }

  static func exponents() {
    let count = 1 << 14
    let values = AlignedFloats(count)
    report("exponentials", 0, work: Double(64 * count)) {
      for _ in 0..<64 {
        unsafe values.pointer.update(repeating: -0.5, count: count)
        exponentials(of: values)
      }
    }
    let state = SoftmaxState(rows: 1)
    let bias = AlignedFloats(count)
    report("softmax rows", 0, work: Double(64 * count)) {
      for _ in 0..<64 {
        unsafe values.pointer.update(repeating: -0.5, count: count)
        state.reset()
        unsafe state.take(values.pointer, stride: count, rows: 1, columns: count, bias: bias.pointer)
      }
    }
  }
}
