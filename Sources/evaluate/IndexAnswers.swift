import Artifacts
import CandidateIndex
import Evaluation
import Kernels
import StageKit
import TwoTower

/// The index that is measured: its own effort, and what a query has seen left out within the search.
struct IndexAnswers {
  let fact: Summary.Item
  let search: AnsweredLists.Search

  enum Refusal: Error, CustomStringConvertible {
    case otherCandidates(index: Int, model: Int)
    case otherDimension(index: Int, model: Int)
    case otherModel(index: Digest, model: Digest)

    var description: String {
      switch self {
      case .otherCandidates(let index, let model):
        "the index has \(index) candidates and the model \(model); make the index from this model"
      case .otherDimension(let index, let model):
        "the index has \(index) dimensions and the model \(model); make the index from this model"
      case .otherModel(let index, let model):
        "the index was made from model \(index.hexadecimal.prefix(12)), and this is \(model.hexadecimal.prefix(12)); "
          + "make the index from this model"
      }
    }
  }

  /// - Returns: nil where no index is given.
  /// - Throws: where it is of another model.
  init?(_ context: StageContext, of model: Model) throws {
    guard let file = try context.optionalInput("index") else { return nil }
    let index = try StoredIndex(file)
    try naming(file.path) {
      guard index.count == model.candidates.rows - 1 else {
        throw Refusal.otherCandidates(index: index.count, model: model.candidates.rows - 1)
      }
      guard index.dimension == model.dimension else {
        throw Refusal.otherDimension(index: index.dimension, model: model.dimension)
      }
      // An index that was not made by the stage need not say what it was made from.
      let digest = try context.input("model").digest
      if let made = file.header.lineage.inputs["model"], made != digest {
        throw Refusal.otherModel(index: made, model: digest)
      }
    }
    fact = .fact("index", "\(index.isExact ? "exact" : "approximate"), \(file.digest.hexadecimal.prefix(12))")
    search = { vector, k, excluded in
      let filter = excluded.isEmpty ? nil : CandidateFilter(excluding: excluded.map { Int($0) }, of: index.count)
      return index.search(vector, k: k, filter: filter).map { Int32($0.candidate) }
    }
  }
}
