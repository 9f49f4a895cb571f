/// A filter of candidates by their values in the catalog's fields.
public struct FieldFilter: Sendable, Equatable {
  /// A value of a field, or for numbers an inclusive range: `1990..1999`, `1990..` or `..1999`.
  public struct Condition: Sendable, Hashable {
    public let field: String
    public let value: String

    public init(field: String, value: String) {
      self.field = field
      self.value = value
    }

    /// Reads `FIELD=VALUE`; returns `nil` for other text.
    public init?(_ text: String) {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
      self.init(field: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
  }

  /// The required conditions: a candidate must meet at least one on every field that is named.
  public var only: [Condition]
  /// The excluding conditions: a candidate must meet none of these.
  public var not: [Condition]

  public init(only: [Condition] = [], not: [Condition] = []) {
    self.only = only
    self.not = not
  }
}
