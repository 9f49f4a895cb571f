import DisplayText

/// A property of the data that breaks an expectation.
package struct Anomaly: Sendable, Equatable {
  /// The rule that found it; expectations have its settings under the same name.
  package enum Rule: String, Sendable, CaseIterable {
    case rows, times, rejects, queries, candidates, drift, columns
    case lastDay = "last-day"
    case repeatedRows = "repeated-rows"
  }

  /// Warning or error.
  package var severity: Severity
  package var rule: Rule
  /// The table or column that it concerns, such as "interactions.rating".
  package var subject: String
  package var found: String
  package var expected: String
  /// The remedy, for people.
  package var remedy: String
  /// Rows and values.
  package var examples: [String]

  package init(
    _ severity: Severity, _ rule: Rule, _ subject: String, found: String, expected: String, remedy: String,
    examples: [String] = []
  ) {
    self.severity = severity
    self.rule = rule
    self.subject = subject
    self.found = found
    self.expected = expected
    self.remedy = remedy
    self.examples = examples
  }

  /// One line.
  package var line: String {
    "\(subject): \(found); expected \(expected)" + (examples.first.map { "; such as \($0)" } ?? "")
  }
}
