import Serving
import Testing

@Suite("The memory budget of requests") struct MemoryBudgetTests {
  @Test("is granted up to the limit, and returned with the lease") func leases() {
    let budget = MemoryBudget(limit: 100)
    var first = budget.lease(60)
    #expect(first != nil && budget.usedBytes == 60)
    #expect(budget.lease(41) == nil && budget.usedBytes == 60)
    #expect(budget.lease(40) != nil)
    #expect(first?.grow(by: 30) == true && budget.usedBytes == 90)
    #expect(first?.grow(by: 11) == false && budget.usedBytes == 90)
    first = nil
    #expect(budget.usedBytes == 0)
  }

  @Test("is limited for requests that may take only a share") func shares() {
    let budget = MemoryBudget(limit: 100)
    let bodies = budget.lease(50, share: 0.5)
    #expect(bodies != nil && bodies?.grow(by: 1, share: 0.5) == false)
    #expect(budget.lease(50) != nil)
  }
}
