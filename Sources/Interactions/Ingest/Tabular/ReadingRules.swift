package import Tables

/// Rules by which values are read and rows are kept, in every format whose rows come one by one.
package struct ReadingRules: Sendable {
  /// Values that stand for none.
  package var missing: [String] = []
  package var numbers = NumberStyle.plain
  /// The form of times in text; ISO 8601 and numbers if `nil`.
  package var timeFormat: TimeFormat?
  /// Conditions that a row of the interactions has to meet.
  package var keep: [KeepCondition] = []
  /// Columns whose text holds several values.
  package var lists: [String] = []
  /// The text between the values of a list.
  package var listSeparator = "|"

  package init() {}
}
