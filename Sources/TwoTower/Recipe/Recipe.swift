import Artifacts
package import CanonicalJSON
import DisplayText
package import Kernels

/// The way a model was trained, as far as it matters after training: to compute its loss, to answer for a query that
/// training never saw, and to train it once more on other rows.
package struct Recipe: Sendable, Equatable {
  /// The training method and its params.
  package var method: any MethodRecipe = SoftmaxRecipe()
  /// The weight of the last dimension, if that is a bias of the candidates; `nil` if there is none.
  package var biasWeight: Float?

  /// The dimension without that of a bias.
  package func ownDimension(of dimension: Int) -> Int { biasWeight == nil ? dimension : dimension - 1 }

  /// Number of epochs that the towers are of; nil where they are not trained epoch by epoch.
  package var epochs: Int?
  /// The bags over a history in its order whose sum is a query's vector; none where the method has a rule of its own.
  package var history: [HistoryBag] = []

  package init(_ method: any MethodRecipe = SoftmaxRecipe()) { self.method = method }

  /// All methods whose models can be read; a new one is added here.
  static let methods: [any MethodRecipe.Type] = [
    SoftmaxRecipe.self, ImplicitALSRecipe.self, LinearAutoencoderRecipe.self, GraphFilterRecipe.self,
    NextItemRecipe.self,
  ]

  package var methodName: String { type(of: method).name }

  package var json: JSON {
    var fields = method.fields
    fields["objective"] = JSON(methodName)
    if let epochs { fields["epochs"] = JSON(epochs) }
    if let biasWeight { fields["bias_weight"] = JSON(biasWeight) }
    if !history.isEmpty { fields["history"] = .array(history.map(\.json)) }
    return .object(fields)
  }

  /// - Parameter json: nil in models of version 1 that say nothing, which are all the tutorial's.
  package init(_ json: JSON?) throws {
    guard let json else { return }
    method = try Self.method(json)
    biasWeight = json["bias_weight"]?.number.map { Float($0) }
    epochs = json["epochs"]?.integer
    history = try (json["history"]?.array ?? []).map { try HistoryBag($0) }
    if method is NextItemRecipe, history.isEmpty { throw ArtifactError.incompleteRecipe }
  }

  private static func method(_ json: JSON) throws -> any MethodRecipe {
    let name = json["objective"]?.string ?? SoftmaxRecipe.name
    for method in methods where method.name == name { return try method.init(json) }
    throw ArtifactError.malformed(
      part: "schema",
      reason: .unknownName(name, of: "recipe's objective", known: methods.map { $0.name }))
  }

  package static func == (left: Recipe, right: Recipe) -> Bool { left.json == right.json }
}

/// The traces that a training method leaves in its models.
package protocol MethodRecipe: Sendable {
  /// The name of the method in the param `objective` and in the recipe.
  static var name: String { get }
  /// The units of its losses, of an epoch and of a pair.
  static var lossUnit: (perEpoch: String, perPair: String) { get }
  /// The fields of a model's schema, under the names of the params where there are such.
  var fields: [String: JSON] { get }
  /// - Throws: `ArtifactError`.
  init(_ json: JSON) throws

  /// `true` if the vector that training gives a query is near the one that its history is folded in to, a weighted sum over
  /// that history, so that its scores can be explained by it.
  var isLinear: Bool { get }
  /// `true` if the vectors of queries have unit length, a bias left out.
  var hasUnitQueries: Bool { get }
  /// `true` if folding in depends on how many interactions each candidate has.
  var foldInNeedsCounts: Bool { get }

  /// Returns the rule by which a query that training never saw gets a vector from its history.
  ///
  /// - Parameters:
  ///   - candidates: the embeddings of the candidates, from number 0 on, without a bias.
  ///   - counts: interactions of each candidate, or empty.
  func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule
}

extension ArtifactError {
  static var incompleteRecipe: ArtifactError { .malformed(part: "schema", reason: .incomplete("recipe")) }
}
