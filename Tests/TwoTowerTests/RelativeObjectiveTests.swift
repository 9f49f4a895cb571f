import Testing
import TwoTower

@Suite("Relative weights of iALS")
struct RelativeObjectiveTests {
  private let queries: [Double] = [1, 2, 3, 6]
  private let candidates: [Double] = [4, 5, 3]

  @Test("the weights of all pairs sum to the ratio times those of the observed ones")
  func ratio() {
    let objective = RelativeObjective().objective(queries: queries, candidates: candidates)
    #expect(abs(objective.unobservedWeight * 12 - 3 * 12) < 1e-9)
    #expect(objective.regularization == 0.025)
  }

  @Test("a shop beside its copy has the penalties of the shop alone", arguments: [0, 0.5, 1, 1.5])
  func copies(exponent: Double) {
    var relative = RelativeObjective()
    relative.exponent = exponent
    let one = relative.objective(queries: queries, candidates: candidates)
    let two = relative.objective(queries: queries + queries, candidates: candidates + candidates)
    #expect(abs(two.unobservedWeight - one.unobservedWeight / 2) < 1e-9)
    for weight in queries {
      let (a, b) = (one.penalty(weight: weight, others: 3), two.penalty(weight: weight, others: 6))
      #expect(abs(a - b) < 1e-5 * a)
    }
  }

  @Test("the sum of all penalties is the same for every exponent", arguments: [0, 0.5, 2])
  func exponents(exponent: Double) {
    func sum(_ exponent: Double) -> Float {
      var relative = RelativeObjective()
      relative.exponent = exponent
      let objective = relative.objective(queries: queries, candidates: candidates)
      return queries.reduce(0) { $0 + objective.penalty(weight: $1, others: 3) }
        + candidates.reduce(0) { $0 + objective.penalty(weight: $1, others: 4) }
    }
    #expect(abs(sum(exponent) - sum(1)) < 1e-4 * sum(1))
  }

  @Test("a given weight per pair replaces the ratio")
  func absolute() {
    var relative = RelativeObjective()
    relative.unobservedWeight = 0.15
    #expect(relative.objective(queries: queries, candidates: candidates).unobservedWeight == 0.15)
  }
}
