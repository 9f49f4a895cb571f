/// What candidates must have in the catalog's fields, and what they may not have, to be recommended.
public struct FieldFilter: Sendable, Equatable {
  /// A value of a field; of numbers also a range, both ends in it: `1990..1999`, `1990..` or `..1999`.
  public struct Condition: Sendable, Hashable {
    public let field: String
    public let value: String

    public init(field: String, value: String) {
      self.field = field
      self.value = value
    }

    /// `FIELD=VALUE`; nil if `text` is not of this form.
    public init?(_ text: String) {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
      self.init(field: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
  }

  /// Of the conditions on one field a candidate must meet at least one, and so for every field that is named.
  public var only: [Condition]
  /// A candidate may meet none of these.
  public var not: [Condition]

  public init(only: [Condition] = [], not: [Condition] = []) {
    self.only = only
    self.not = not
  }

  public enum Refusal: Error, Equatable, CustomStringConvertible {
    case unknownField(String, like: String?, there: [String])
    case unknownValue(String, field: String, like: String?)
    case notANumber(String, field: String, isWhole: Bool)
    case emptyRange(String, field: String)

    public var description: String {
      switch self {
      case .unknownField(let name, _, let there) where there.isEmpty:
        "no field \"\(name)\": the servable has none to filter by; export it again, with a catalog that has fields"
      case .unknownField(let name, let like, let there):
        "no field \"\(name)\"; " + (like.map { "did you mean \"\($0)\"? " } ?? "")
          + "There are \(there.map { "\"\($0)\"" }.joined(separator: ", "))"
      case .unknownValue(let value, let field, let like):
        "no value \"\(value)\" of the field \"\(field)\"" + (like.map { "; did you mean \"\($0)\"?" } ?? "")
      case .notANumber(let text, let field, let isWhole):
        "the field \"\(field)\" has \(isWhole ? "whole " : "")numbers; \"\(text)\" is neither one nor a range, "
          + "as 10..20, 10.. or ..20"
      case .emptyRange(let text, let field):
        "the range \"\(text)\" of the field \"\(field)\" ends before it begins; give the lower number first"
      }
    }
  }
}
