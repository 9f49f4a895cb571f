package import Interactions
import Tables

extension Vocabularies {
  /// Candidates of a catalog that the model has no vector for, so that they are never recommended: what there is to say
  /// of them, nil if there are none.
  ///
  /// - Throws: `TwoTowerError.otherCatalog` if the model recommends nothing of the catalog: artifacts of different data
  ///   do not mix.
  package func unlearnt(in catalog: Catalog) throws -> String? {
    let values = try catalog.values(of: candidate.column).dictionary
    var (count, first) = (0, "")
    for (place, found) in values.places(in: candidate.values).enumerated() where found < 0 {
      if count == 0 { first = values[place] }
      count += 1
    }
    guard count < values.count || values.count == 0 || candidate.values.count == 0 else {
      throw TwoTowerError.otherCatalog(column: candidate.column, example: candidate.values[0])
    }
    guard count > 0 else { return nil }
    return
      "\(count) of \(values.count) candidates of the catalog, such as \"\(first)\", had no pair to learn from and are "
      + "never recommended"
  }
}
