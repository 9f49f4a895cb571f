import ArgumentParser
import Pipeline

/// Options of every command about a run on a cluster: the pipeline's file and the run.
struct ClusterRunOptions: ParsableArguments {
  @OptionGroup var outline: OutlineOptions

  @Argument(help: ArgumentHelp("The run; by default the newest under way.", valueName: "run"))
  var name: String?

  func plansUnderWay() throws -> [FrozenPlan] { try SlurmRuns(outline.runs()).plansUnderWay() }

  func plan(includingPlanned: Bool = false) throws -> FrozenPlan {
    try SlurmRuns(outline.runs()).plan(of: name, includingPlanned: includingPlanned)
  }
}
