import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles
import Tables
import Testing

@testable import TwoTower

/// What Keras made of two small tables; Scripts/reference/optimizer_fixed_case.py wrote it.
private struct KerasCase {
  let json: JSON

  static let names = ["sgd", "adagrad", "adam", "adamw", "sgd, weight decay", "adagrad, cosine", "adam, clipped"]

  init(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let file = try JSON.parse(Files.read("\(folder)/Fixtures/optimizer-fixed-case.json"))
    json = try #require(file["cases"]?.array?.first { $0["name"]?.string == name })
  }

  func number(_ key: String) -> Double { json[key]?.number ?? .nan }

  static func matrix(_ json: JSON?) throws -> Matrix {
    let rows = try #require(json?.array).map { ($0.array ?? []).compactMap(\.number).map { Float($0) } }
    return Matrix(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
  }

  func matrices(_ key: String, step: Int? = nil) throws -> [Matrix] {
    let entry = step.flatMap { json[key]?.array?[$0] } ?? json[key]
    return try #require(entry?.array).map { try Self.matrix($0) }
  }
}

@Suite("An optimizer")
struct OptimizerTests {
  @Test("follows Keras, with its schedule, decay and clipping", arguments: KerasCase.names)
  func keras(name: String) throws {
    let keras = try KerasCase(name)
    let tables = try keras.matrices("before")
    let kind = try #require(keras.json["optimizer"]?.string.flatMap(Optimizer.Kind.init(rawValue:)))
    let steps = Int(keras.number("steps"))
    let schedule = Schedule(
      try #require(keras.json["schedule"]?.string.flatMap(Schedule.Shape.init(rawValue:))),
      learningRate: keras.number("learning_rate"), warmUp: Int(keras.number("warm_up")), steps: steps)
    let optimizers = tables.map { Optimizer(kind, table: $0, weightDecay: Float(keras.number("weight_decay"))) }
    for step in 0..<steps {
      let (a, b) = (try keras.matrices("a", step: step), try keras.matrices("b", step: step))
      let steps = tables.indices.map { number in
        let gradient = tables[number].copy()
        for place in 0..<gradient.storage.count {
          gradient.storage[place] = gradient.storage[place] * a[number].storage[place] + b[number].storage[place]
        }
        let rows = (0..<gradient.rows).map { EmbeddingRow(index: $0) }
        return ParameterStep(
          optimizers[number],
          ParameterGradients(rows: rows, occurrences: rows.map { _ in 1 }, matrix: gradient), Regularization(),
          learningRate: schedule.rate(at: step), step: step + 1, threads: 2)
      }
      ParameterStep.take(steps, clipNorm: keras.number("clip") > 0 ? Float(keras.number("clip")) : nil, threads: 2)
    }
    // Keras has its powers of decay in single precision.
    for (number, wanted) in try keras.matrices("after").enumerated() {
      let change = zip(wanted.values, try keras.matrices("before")[number].values).map { abs($0 - $1) }.max() ?? 0
      for (value, want) in zip(tables[number].values, wanted.values) { #expect(abs(value - want) <= 2e-5 * change) }
    }
  }

  @Test("of rowwise Adagrad has one accumulator per row, of mean squares")
  func rowwise() {
    let table = Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
    let optimizer = Optimizer(.rowwiseAdagrad, table: table)
    let gradients = Matrix(rows: 1, columns: 3, values: [3, 0, -3])
    for _ in 0..<2 { optimizer.step(1, gradients: gradients, row: 0, rate: 0.5, learningRate: 0.5) }
    let first = 0.5 * 3 / Float(6.1).squareRoot()
    let second = 0.5 * 3 / Float(12.1).squareRoot()
    #expect(table.row(0) == [1, 2, 3])
    #expect(zip(table.row(1), [4 - first - second, 5, 6 + first + second]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test("leaves rows that no batch has unchanged, with and without decay", arguments: Optimizer.Kind.allCases)
  func lazyRows(kind: Optimizer.Kind) {
    let table = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    let optimizer = Optimizer(kind, table: table, weightDecay: 0.1)
    let gradients = Matrix(rows: 1, columns: 2, values: [1, 0])
    optimizer.step(1, gradients: gradients, row: 0, rate: optimizer.rate(0.1, step: 1), learningRate: 0.1)
    #expect(table.row(0) == [1, 2] && table.row(2) == [5, 6])
    #expect(table.row(1)[0] < 3 && table.row(1)[1] < 4)
  }
}
