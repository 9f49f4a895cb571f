import ArgumentParser
import StageKit

/// Options of the answer for unknown queries, and of the weight of popularity for all.
package struct UnknownQueryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer for unknown queries: what is popular, or the untrained row as TFRS has it.", valueName: "what"))
  package var unknownQuery = UnknownQuery.popularity

  @Option(help: ArgumentHelp("Weight of recent popularity beside every query's scores.", valueName: "number"))
  var recencyWeight = 0.0

  @Option(help: ArgumentHelp("Newest part of training that popularity is counted in.", valueName: "share"))
  package var recencyShare = 1.0

  /// The answer for unknown queries: the untrained row 0, as TFRS has it, or popular candidates.
  package enum UnknownQuery: String, ChoiceParam { case untrained, popularity }

  package init() {}

  package func validate() throws {
    guard recencyWeight >= 0, Float(recencyWeight).isFinite else {
      throw ValidationError("--recency-weight is \(recencyWeight); give 0 or more")
    }
    guard recencyShare > 0, recencyShare <= 1 else {
      throw ValidationError("--recency-share is \(recencyShare); give a share of training above 0, 1 for all of it")
    }
    if recencyShare < 1, unknownQuery == .untrained {
      throw ValidationError("--recency-share has no meaning with --unknown-query=untrained")
    }
    if recencyWeight > 0, unknownQuery == .untrained {
      throw ValidationError("--recency-weight has no meaning with --unknown-query=untrained")
    }
  }

}
