import Features
import Interactions
import Kernels
import Tables

@testable import TwoTower

/// Candidates named a, b, c …, each of a kind, with a list of tags and a number; the last has none of them.
struct Shop {
  let names: Strings
  let encoded: EncodedVocabulary

  init(_ count: Int, kinds: Int = 2) throws {
    let letters = (0..<count).map { String(UnicodeScalar(UInt8(97 + $0))) }
    let described = letters.dropLast()
    let table = Table(
      "catalog", rows: described.count,
      columns: [
        Column("name", text: Array(described)), Column("kind", text: described.indices.map { "kind \($0 % kinds)" }),
        Column("tags", textLists: described.indices.map { ["x", "y", "z"].dropLast($0 % 3).map { $0 } }),
        Column("price", reals: described.indices.map { Double($0) }),
      ])
    names = Strings(letters)
    let things = DescribedThings(table, name: "the catalog", keys: table.text("name")!, things: names)
    let features = try FeatureSet(["kind", "tags: list", "price: number"], of: things)
    encoded = EncodedVocabulary(features, matrix: try EncodedFeatures(features, of: things).matrix)
  }

  func tower(
    _ side: TowerSide = .candidate, ids: Bool = true, dimension: Int = 5, seed: UInt64 = 1, dropout: IDDropout? = nil
  ) -> SumTower {
    let rows = EmbeddingRow.count(vocabulary: names.count)
    return SumTower(
      side, ids: ids ? .initialEmbeddings(rows, dimension, seed: seed, stream: "ids", from: .normal) : nil,
      encoded,
      table: .initialEmbeddings(encoded.features.width, dimension, seed: seed, stream: "features", from: .normal),
      dropout: dropout)
  }

  /// The same things in a tower with dense layers.
  func deepTower(
    _ side: TowerSide = .candidate, ids: Bool = true, features: Bool = true, layers: [Int] = [7, 4],
    form: DenseLayers.Form = DenseLayers.Form(), length: Int = 6, dimension: Int = 5, seed: UInt64 = 1
  ) -> ConcatTower {
    let known = features ? encoded : nil
    let inputs = ConcatTower.inputWidth(hasIDs: ids, known?.features ?? FeatureSet(), vectorLength: length)
    let network = DenseLayers.initial(
      form, widths: [inputs] + layers + [dimension], seed: seed, stream: side.rawValue)
    return ConcatTower(
      side, ids: ids ? .initialEmbeddings(names.count + 1, length, seed: seed, stream: "ids", from: .normal) : nil,
      known,
      table: known.map {
        .initialEmbeddings($0.features.width, length, seed: seed, stream: "features", from: .normal)
      }, layers: network)
  }
}
