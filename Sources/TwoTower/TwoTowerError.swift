package import Interactions

/// The reasons why towers cannot be trained, combined or used.
package enum TwoTowerError: Error, Equatable {
  /// The loss is not a finite number.
  case diverged(epoch: Int)
  /// The least-squares equations of a row have no solution.
  case singular(side: String, row: Int)
  /// An earlier training of another length of vectors.
  case otherDimension(Int, expected: Int)
  /// An earlier training of other queries or candidates.
  case otherColumns(String, expected: String)
  /// An earlier training of a tower of other layers.
  case otherLayers(TowerSide, String, expected: String)
  /// An earlier training of another rating head.
  case otherRatingHead(String, expected: String)
  /// An earlier training whose vectors of a table have another length.
  case otherVectors(String, Int, expected: Int)
  /// Fewer than two members of an ensemble.
  case tooFewMembers(Int)
  /// A member of an ensemble whose query tower reads the context.
  case memberWithContext(String)
  /// A member of an ensemble that was trained with other vocabularies.
  case otherVocabulary(String)
  /// A member of an ensemble with a rating head, which cannot read other towers.
  case memberWithRatings(String)
  /// Members of an ensemble with too many dimensions together.
  case tooWide(Int)
  /// A bag over histories for a model whose queries are not candidates.
  case notItemToItem(query: String)
  /// A catalog without any candidate of the model.
  case otherCatalog(column: String, example: String)

  /// `true` if the same data can be learnt with other params.
  package var dependsOnParams: Bool {
    switch self {
    case .diverged, .singular: true
    default: false
    }
  }
}

extension TwoTowerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .diverged(let epoch): "the loss is not a number in epoch \(epoch); set a lower learning-rate"
    case .singular(let side, let row):
      "the equations of \(side) row \(row) have no solution in single precision; raise the regularization"
    case .otherDimension(let found, let expected):
      "the earlier training has \(found) dimensions and this one \(expected); give --dimension=\(found)"
    case .otherColumns(let found, let expected):
      "the earlier training is about \(found), and this one about \(expected); start without it"
    case .otherLayers(let side, let found, let expected):
      "the earlier training has a \(side.rawValue) tower of \(found), and this one of \(expected); give the features and "
        + "params that the earlier one had, or start without it"
    case .otherRatingHead(let found, let expected):
      "the earlier training has a rating head of \(found), and this one \(expected); give the params rating and "
        + "rating-layers that the earlier one had, or start without it"
    case .otherVectors(let table, let found, let expected):
      "the earlier training's table \(table) has vectors of \(found) numbers, and this one's of \(expected); give "
        + "--embedding-dimension=\(found), or start without it"
    case .tooFewMembers(let count):
      "found \(count) member\(count == 1 ? "" : "s"), expected at least two; give --input member-2=FILE"
    case .memberWithContext(let name):
      "\(name) reads the context of a query, which one table of queries cannot hold; leave it out of the ensemble"
    case .otherVocabulary(let member):
      "\(member) knows other queries or candidates than the vocabularies; train all members with the same ones"
    case .memberWithRatings(let member):
      "\(member) has a rating head, which would be lost in other towers; train it without the param rating"
    case .tooWide(let columns):
      "the members have \(columns) dimensions together, and \(Ensemble.mostColumns) at most can be compressed; "
        + "take fewer members or narrower ones"
    case .notItemToItem(let query):
      "--history-last is for models whose queries are candidates chosen before, and these are \(query); leave it out, or "
        + "train with --objective=next-item"
    case .otherCatalog(let column, let example):
      "the catalog has none of the model's candidates, such as \(column) \"\(example)\"; "
        + "take the catalog of the same data"
    }
  }
}
