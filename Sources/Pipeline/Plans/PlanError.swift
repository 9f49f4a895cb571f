import Artifacts

/// The reason why a stage of a frozen plan cannot run.
package enum PlanError: Error, Equatable {
  case unreadable(path: String, reason: String)
  case otherFormat(path: String, found: Int)
  case noStage(String, run: String, there: [String])
  case notSelected(String, run: String)
  case noBlock(Int, stage: String, run: String, there: Int)
  case noInput(stage: String, input: String, producer: String, run: String)
  case damagedInput(stage: String, input: String, reason: String, producer: String)
  case otherData(source: String, path: String)
  case otherProgram(stage: String, path: String)
}

extension PlanError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) is no plan of a run: \(reason); submit the pipeline again"
    case .otherFormat(let path, let found):
      "\(path) has format \(found), and this runner reads \(FrozenPlan.format); use the runner that submitted it, or "
        + "submit the pipeline again"
    case .noStage(let name, let run, let there):
      "the plan of \(run) has no stage \"\(name)\"\(suggestion(for: name, among: there))"
    case .notSelected(let name, let run): "\(run) uses \(name) as it is, and does not run it; name another stage"
    case .noBlock(let block, let stage, let run, let there):
      there == 1
        ? "the work of \(stage) is not divided in the plan of \(run); leave --block out"
        : "\(stage) of \(run) has no block \(block); give 1 to \(there)"
    case .noInput(let stage, let input, let producer, let run):
      "\(stage): its input \"\(input)\" is not there, since \(producer) of \(run) has not made it; run \(producer) first"
    case .damagedInput(let stage, let input, let reason, let producer):
      "\(stage): its input \"\(input)\" is damaged and was removed: \(reason); run \(producer) again"
    case .otherData(let source, let path):
      "source \(source): \(path) is not what it was when the run was planned; run the pipeline again"
    case .otherProgram(let stage, let path):
      "\(stage): \(path) is not what it was when the run was planned; run the pipeline again"
    }
  }
}
