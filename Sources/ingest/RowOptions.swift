import ArgumentParser
import Interactions
import StageKit
import Tables

extension DuplicateRule: ChoiceParam {}

/// Options of how values are read, and of which rows are kept, in every format of tables.
struct RowOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Words that stand for no value, such as NULL; repeat.", valueName: "word"))
  var missing: [String] = []

  @Option(help: ArgumentHelp("Columns whose text holds several values, such as genres; repeat.", valueName: "column"))
  var lists: [String] = []

  @Option(help: ArgumentHelp("Text between the values of a list; \"|\" if not given.", valueName: "text"))
  var listSeparator: String?

  @Option(help: ArgumentHelp("Form of times as strftime has it, such as %d.%m.%Y %H:%M.", valueName: "form"))
  var timeFormat: String?

  @Option(help: ArgumentHelp("Character before the fraction of numbers; a point if not given.", valueName: "character"))
  var decimalSeparator: String?

  @Option(help: ArgumentHelp("Character between groups of three digits; none if not given.", valueName: "character"))
  var thousandsSeparator: String?

  @Option(
    help: ArgumentHelp("Conditions of rows that are kept, such as \"rating >= 4\"; repeat.", valueName: "condition"))
  var keep: [String] = []

  @Option(help: ArgumentHelp("Column whose values have the weights, such as the type of event.", valueName: "column"))
  var weightBy: String?

  @Option(
    help: ArgumentHelp("Weights by the values of weight-by, such as purchase=5; repeat.", valueName: "value=number"))
  var weights: [String] = []

  @Option(help: ArgumentHelp("Rule for rows with the same query and candidate.", valueName: "rule"))
  var duplicates = DuplicateRule.keep

  @Option(help: ArgumentHelp("Rows that a query must have to be kept.", valueName: "rows"))
  var minimumRowsByQuery = 1

  @Option(help: ArgumentHelp("Rows that a candidate must have to be kept.", valueName: "rows"))
  var minimumRowsByCandidate = 1

  func validate() throws {
    _ = try reading()
    _ = try rules()
  }

  /// Refuses options about how text is read, for a format whose values have types.
  func refuseText(for format: String) throws {
    let given: [(name: String, isGiven: Bool)] = [
      ("missing", !missing.isEmpty), ("time-format", timeFormat != nil), ("decimal-separator", decimalSeparator != nil),
      ("thousands-separator", thousandsSeparator != nil),
    ]
    if let name = given.first(where: \.isGiven)?.name {
      throw ValidationError("--\(name) is about text, and the values of \(format) have types; leave it out")
    }
  }

  func reading() throws -> ReadingRules {
    var reading = ReadingRules()
    reading.missing = missing
    reading.lists = lists
    if let listSeparator {
      guard !listSeparator.isEmpty else {
        throw ValidationError("--list-separator is empty; give the text between values")
      }
      if lists.isEmpty { throw ValidationError("--list-separator goes with --lists") }
      reading.listSeparator = listSeparator
    }
    if let timeFormat {
      do throws(TimeFormat.Fault) { reading.timeFormat = try TimeFormat(timeFormat) } catch {
        throw ValidationError("--time-format \"\(timeFormat)\": \(error)")
      }
    }
    reading.numbers = try numbers()
    for condition in keep {
      do throws(KeepCondition.Fault) { reading.keep.append(try KeepCondition(condition)) } catch {
        throw ValidationError("--keep: \(error)")
      }
    }
    return reading
  }

  private func numbers() throws -> NumberStyle {
    func character(_ text: String?, _ name: String) throws -> Unicode.Scalar? {
      guard let text else { return nil }
      guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first, !("0"..."9" ~= scalar),
        !"-+eE".unicodeScalars.contains(scalar)
      else { throw ValidationError("--\(name) is \"\(text)\"; give one character, such as \",\"") }
      return scalar
    }
    let style = NumberStyle(
      decimal: try character(decimalSeparator, "decimal-separator") ?? ".",
      thousands: try character(thousandsSeparator, "thousands-separator"))
    if style.thousands == style.decimal {
      throw ValidationError("--decimal-separator and --thousands-separator are both \"\(style.decimal)\"")
    }
    return style
  }

  func rules() throws -> RowRules {
    var rules = RowRules()
    rules.duplicates = duplicates
    for (name, value) in [
      ("minimum-rows-by-query", minimumRowsByQuery), ("minimum-rows-by-candidate", minimumRowsByCandidate),
    ] where value < 1 { throw ValidationError("--\(name) is \(value); give 1 or more") }
    rules.minimumByQuery = minimumRowsByQuery
    rules.minimumByCandidate = minimumRowsByCandidate
    guard let weightBy else {
      if !weights.isEmpty { throw ValidationError("--weights goes with --weight-by, the column that has their values") }
      return rules
    }
    var byValue: [String: Double] = [:]
    for text in weights {
      guard let place = text.lastIndex(of: "="), let weight = Double(text[text.index(after: place)...]), weight.isFinite
      else { throw ValidationError("--weights has \"\(text)\"; write VALUE=NUMBER, such as purchase=5") }
      guard byValue.updateValue(weight, forKey: String(text[..<place])) == nil else {
        throw ValidationError("--weights gives \"\(text[..<place])\" two weights")
      }
    }
    guard !byValue.isEmpty else {
      throw ValidationError("--weight-by needs --weights, such as view=1 and purchase=5")
    }
    rules.weights = .init(column: weightBy, byValue: byValue)
    return rules
  }
}
