import RandomNumbers
import Testing

@testable import Kernels

@Suite("Bounds from bytes")
struct BytePanelsTests {
  /// How rows and queries are drawn.
  enum Kind: CaseIterable {
    case uniform, normal, integers, sparse, zeros, huge, tiny, subnormal, mixed, one

    func value(_ random: inout RandomGenerator, row: Int) -> Float {
      let x = random.uniform() * 2 - 1
      switch self {
      case .uniform: return x
      case .normal: return random.normal()
      case .integers: return (x * 3).rounded()
      case .sparse: return random.uniform() < 0.1 ? x : 0
      case .zeros: return 0
      case .huge: return x * 0x1p46
      case .tiny: return x * 0x1p-80
      case .subnormal: return x * 0x1p-130
      case .mixed: return x * Float(sign: .plus, exponent: row * 7 % 150 - 110, significand: 1)
      case .one: return 1
      }
    }

    func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
      var random = RandomGenerator(seed: seed, stream: "bounds")
      return Matrix(
        rows: rows, columns: columns, values: (0..<rows * columns).map { value(&random, row: $0 / columns) })
    }
  }

  private func found(_ panels: BytePanels, _ query: ByteQuery, _ threshold: Float, _ variant: KernelVariant) -> [Int] {
    var places = [UInt32](repeating: 0, count: panels.rows)
    let count = panels.scan(query, tile: 0..<panels.rows, above: threshold, into: &places, variant: variant)
    return places.prefix(count).map { Int($0) }
  }

  @Test(
    "are never below a score: every candidate above a threshold is found, the same in every variant",
    arguments: Kind.allCases, [1, 2, 3, 7, 32, 33, 128, 1024])
  func bound(kind: Kind, columns: Int) throws {
    let count = columns > 100 ? 70 : 150
    let rows = kind.matrix(count, columns, seed: UInt64(columns))
    let panels = try #require(BytePanels(PackedRows(rows)))
    for queries in Kind.allCases {
      let query = queries.matrix(1, columns, seed: 77)
      let bytes = try #require(ByteQuery(UnsafePointer(query.pointer(row: 0)), columns: columns))
      let scores = (0..<count).map { row in
        (0..<columns).reduce(Float(0)) { $0.addingProduct(query.pointer(row: 0)[$1], rows.pointer(row: row)[$1]) }
      }
      // Just below each score in turn, the candidate of that score and all above it must be found.
      for place in stride(from: 0, to: count, by: 7) {
        let threshold = scores[place].nextDown
        let wanted = Set((0..<count).filter { scores[$0] > threshold })
        let places = found(panels, bytes, threshold, .portable)
        #expect(wanted.isSubset(of: places), "\(queries)")
        #expect(places == places.sorted())
        for variant in KernelVariant.available { #expect(found(panels, bytes, threshold, variant) == places) }
      }
    }
  }

  @Test("are near the scores: few candidates below the threshold pass", arguments: [2, 16, 32, 100])
  func tightness(columns: Int) throws {
    let rows = Kind.normal.matrix(4000, columns, seed: 5)
    let query = Kind.normal.matrix(1, columns, seed: 6)
    let panels = try #require(BytePanels(PackedRows(rows, rows: 0..<4000), threads: 2))
    let bytes = try #require(ByteQuery(UnsafePointer(query.pointer(row: 0)), columns: columns))
    let scores = (0..<4000).map { row in
      (0..<columns).reduce(Float(0)) { $0.addingProduct(query.pointer(row: 0)[$1], rows.pointer(row: row)[$1]) }
    }
    let threshold = scores.sorted()[3900]
    #expect((99..<160).contains(found(panels, bytes, threshold, .current).count))
  }

  @Test("may begin at any panel and end within one", arguments: [1, 15, 16, 17, 63, 64, 65, 130])
  func tiles(count: Int) throws {
    let rows = Kind.uniform.matrix(32 + count, 5, seed: 9)
    let panels = try #require(BytePanels(PackedRows(rows)))
    let query = Kind.uniform.matrix(1, 5, seed: 10)
    let bytes = try #require(ByteQuery(UnsafePointer(query.pointer(row: 0)), columns: 5))
    for variant in KernelVariant.available {
      var places = [UInt32](repeating: 0, count: count)
      let found = panels.scan(bytes, tile: 32..<32 + count, above: -.infinity, into: &places, variant: variant)
      #expect(found == count && places == (0..<count).map { UInt32($0 + 32) })
    }
  }

  @Test("are refused if scores could overflow or are NaN")
  func refused() {
    for value in [.nan, .infinity, 0x1p48] as [Float] {
      #expect(BytePanels(PackedRows(Matrix(rows: 2, columns: 2, values: [0, 1, value, 0]))) == nil)
    }
    for value in [.nan, -.infinity, 0x1p61] as [Float] { #expect(ByteQuery([0, value], columns: 2) == nil) }
  }
}
