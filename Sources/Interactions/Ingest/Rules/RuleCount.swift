/// The number of rows that a rule left out.
package struct RuleCount: Sendable, Equatable {
  /// The rule as the params have it.
  package let rule: String
  package let rows: Int

  package init(rule: String, rows: Int) {
    self.rule = rule
    self.rows = rows
  }
}
