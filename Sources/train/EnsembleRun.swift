import ArgumentParser
import Artifacts
import DisplayText
import Interactions
import Kernels
import StageKit
import TwoTower

/// Makes one pair of towers of models that were trained before.
struct EnsembleRun {
  let stage: TrainStage
  let context: StageContext

  static let members = (1...8).map { Port("member-\($0)", Model.type, optional: true) }

  /// What an ensemble is asked besides its members; everything else is about gradients.
  private static let params: Set = [
    "objective", "dimension", "threshold", "threshold-field", "unknown-query", "recency-weight", "recency-share",
  ]

  /// That all members share.
  let vocabularies: Vocabularies
  private let members: [Model]
  private let names: [String]

  enum Refusal: Error, CustomStringConvertible {
    case otherMember(String)

    var description: String {
      switch self {
      case .otherMember(let name):
        "\(name) is not the refit of the judged ensemble's \(name); refit each member, and give those"
      }
    }
  }

  init(stage: TrainStage, context: StageContext, refit: Refit?) throws {
    self.stage = stage
    self.context = context
    try Self.refuseOthers(stage, context)
    let given = try Self.members.compactMap { port in try context.optionalInput(port.name).map { (port.name, $0) } }
    if let refit {
      for (name, file) in given where file.header.lineage.inputs["recipe"] != refit.inputs[name] {
        throw Refusal.otherMember(name)
      }
    }
    names = given.map(\.0)
    members = try given.map { try Model($0.1) }
    // Members are without the rows that training has no pairs for.
    vocabularies = try members.first?.vocabularies ?? Vocabularies(context.input("vocabularies"))
  }

  func run(_ pairs: TrainingPairs) throws -> (Model, Summary) {
    let ensemble = try Ensemble(members, vocabularies: vocabularies, names: names)
    let (model, values) = ensemble.compressed(to: stage.dimension, threads: context.threads)
    let (scaled, cosine) = try model.scaledForFoldIn(pairs, threads: context.threads)
    let squares = values.map { $0 * $0 }
    let kept = squares.prefix(stage.dimension).reduce(0, +) / max(squares.reduce(0, +), .leastNormalMagnitude)
    context.note(
      "\(members.count) members of \(members.map { "\($0.dimension)" }.joined(separator: ", ")) dimensions; "
        + "\(stage.dimension) dimensions keep \(decimals(100 * kept, 1)) % of the variance of their scores")
    context.note(
      "a history is folded in with penalty \(decimals(Double(scaled.recipe.penalty), 4)): cosine "
        + "\(decimals(cosine, 3)) to the vectors of queries in training")
    let facts: [Summary.Item] = [
      .fact("members", "\(members.count)"), .fact("variance kept", "\(decimals(kept, 4))"),
      .curve(
        title: "singular values of the members' scores", x: "dimension", y: "singular value",
        points: Array(values.prefix(2 * stage.dimension))),
    ]
    return (
      scaled,
      ModelSummary(
        model: scaled, epochs: [], candidateCounts: pairs.candidateCounts(rows: scaled.candidates.rows), facts: facts
      ).summary
    )
  }

  static func refuseMembers(_ context: StageContext) throws {
    if let member = try Self.members.first(where: { try context.optionalInput($0.name) != nil }) {
      throw ValidationError("--input \(member.name) goes with --objective=ensemble")
    }
  }

  private static func refuseOthers(_ stage: TrainStage, _ context: StageContext) throws {
    let others = stage.changedParams.filter { !params.contains($0) }.map { "--\($0)" }
    guard others.isEmpty else {
      throw ValidationError(
        "\(others.joined(separator: ", ")): an ensemble is not trained by gradients; give that to its members")
    }
    if stage.look.audit || stage.look.tensorboard != nil {
      throw ValidationError("--audit, --tensorboard: an ensemble has no batches to look at; its members have")
    }
    for name in ["validation", "state"] where try context.optionalInput(name) != nil {
      throw ValidationError("--input \(name): an ensemble has no epochs; give that to its members")
    }
    if context.optionalOutput("state") != nil {
      throw ValidationError("--output state: an ensemble has none; its members do")
    }
  }
}
