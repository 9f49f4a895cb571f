import ArgumentParser
import Artifacts
import CandidateIndex
import Servable
import SystemFiles

/// Options that restrict which candidates may be recommended.
struct FilterOptions: ParsableArguments {
  @Flag(help: "Exclude items that the query has in training; for item-to-item models, the query itself.")
  var excludeSeen = false

  @Option(help: ArgumentHelp("Exclude a candidate; repeat for several.", valueName: "title"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp(
      "Recommend only candidates with this value in the catalog: any of several values of one field, and all of "
        + "several fields. Numbers may be ranges, as year=1990..1999. Repeat for several.", valueName: "field=value"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "Exclude candidates with this value in the catalog; repeat for several.", valueName: "field=value"))
  var not: [String] = []

  func validate() throws {
    for (option, conditions) in [("--only", only), ("--not", not)] {
      if let wrong = conditions.first(where: { FieldFilter.Condition($0) == nil }) {
        throw ValidationError("\(option) is \"\(wrong)\"; give a field and a value, as \(option) genres=Comedy")
      }
    }
  }

  /// The conditions of --only and --not.
  var fieldFilter: FieldFilter {
    FieldFilter(only: only.compactMap { FieldFilter.Condition($0) }, not: not.compactMap { FieldFilter.Condition($0) })
  }

  /// Returns the candidates that --only and --not allow; `nil` if neither is given.
  func filter(of servable: Servable) throws -> CandidateFilter? {
    guard !only.isEmpty || !not.isEmpty else { return nil }
    let filter = try servable.candidates(allowedBy: fieldFilter)
    if filter.allowed == 0 {
      StandardError.write(line: "recommend: no candidate matches --only and --not; loosen them")
    }
    return filter
  }
}
