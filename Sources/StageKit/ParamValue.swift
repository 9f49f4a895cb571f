package import ArgumentParser
import Artifacts
package import CanonicalJSON

/// A type that a stage's params may have, with its name in `--describe` and its value in the lineage.
package protocol ParamValue {
  static var paramType: String { get }
  static var choices: [String] { get }
  static var isList: Bool { get }
  var json: JSON { get }
}

extension ParamValue {
  package static var choices: [String] { [] }
  package static var isList: Bool { false }
}

extension Int: ParamValue {
  package static var paramType: String { "integer" }
  package var json: JSON { JSON(self) }
}

extension UInt64: ParamValue {
  package static var paramType: String { "integer" }
  /// The value as JSON; text beyond 63 bits, so that two seeds never look the same.
  package var json: JSON { Int64(exactly: self).map { .integer($0) } ?? .string(String(self)) }
}

extension Double: ParamValue {
  package static var paramType: String { "number" }
  package var json: JSON { .number(self) }
}

extension Bool: ParamValue {
  package static var paramType: String { "boolean" }
  package var json: JSON { .bool(self) }
}

extension String: ParamValue {
  package static var paramType: String { "text" }
  package var json: JSON { .string(self) }
}

extension Optional: ParamValue where Wrapped: ParamValue {
  package static var paramType: String { Wrapped.paramType }
  package static var choices: [String] { Wrapped.choices }
  package static var isList: Bool { Wrapped.isList }
  package var json: JSON { self?.json ?? .null }
}

extension Array: ParamValue where Element: ParamValue {
  package static var paramType: String { Element.paramType }
  package static var choices: [String] { Element.choices }
  package static var isList: Bool { true }
  package var json: JSON { .array(map(\.json)) }
}

/// A param that is one of a few words.
package protocol ChoiceParam: ParamValue, ExpressibleByArgument, CaseIterable, RawRepresentable<String> {}

extension ChoiceParam {
  package static var paramType: String { "choice" }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package var json: JSON { .string(rawValue) }
}

/// An option declared with `@Option`, seen without its type.
protocol DeclaredParam {
  var valueType: any ParamValue.Type { get }
  var currentValue: JSON { get }
}

extension Option: DeclaredParam where Value: ParamValue {
  var valueType: any ParamValue.Type { Value.self }
  var currentValue: JSON { wrappedValue.json }
}

/// A declaration that `Params` cannot read: a flag, a positional argument, an option of another type.
protocol AnyDeclaration {}

extension Option: AnyDeclaration {}
extension Flag: AnyDeclaration {}
extension Argument: AnyDeclaration {}

/// Options declared together.
protocol DeclaredGroup {
  var group: Any { get }
}

extension OptionGroup: DeclaredGroup {
  var group: Any { wrappedValue }
}
