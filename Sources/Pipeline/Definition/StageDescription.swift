package import Artifacts
package import CanonicalJSON

/// A program's description of itself: its answer to `--describe`.
package struct StageDescription: Sendable, Equatable {
  /// A named input or output.
  package struct Port: Sendable, Equatable {
    package var name: String
    /// A type of artifact, or "source" for raw data.
    package var type: String
    package var version: Int
    /// A second type that an input takes.
    package var otherType: ArtifactType?
    package var isOptional: Bool
    /// A param of the stage: an optional output is made where that lists it.
    package var listedIn: String?

    package var isSource: Bool { type == "source" }

    /// Every type of artifact that an input takes.
    package var types: [ArtifactType] { [ArtifactType(type, version: version)] + (otherType.map { [$0] } ?? []) }
  }

  package var contract: Int
  package var version: Int
  package var inputs: [Port]
  package var outputs: [Port]
  package var params: [ParamDescription]
  /// `true` if it takes `--work`, a folder for what should survive a kill.
  package var keepsWork = false
  /// `true` if its work can be divided into blocks.
  package var dividesWork = false
  /// `true` if its blocks share one piece of work, so that each says how far all of it is.
  package var cooperates = false
  /// `true` if it takes `--check`.
  package var checksParams = false
  /// Types ("boolean" or another) by name of options that a pipeline may give and that do not affect outputs.
  package var options: [String: String] = [:]

  package func input(_ name: String) -> Port? { inputs.first { $0.name == name } }
  package func output(_ name: String) -> Port? { outputs.first { $0.name == name } }
  /// An option that does not affect outputs, as a param.
  package func option(_ name: String) -> ParamDescription? {
    options[name].map {
      ParamDescription(name: name, type: $0, isList: false, choices: [], defaultValue: .null)
    }
  }
  package func param(_ name: String) -> ParamDescription? { params.first { $0.name == name } }
}

/// A param that a stage declares.
package struct ParamDescription: Sendable, Equatable {
  package var name: String
  /// "integer", "number", "boolean", "text" or "choice".
  package var type: String
  package var isList: Bool
  package var choices: [String]
  package var defaultValue: JSON
}

extension StageDescription {
  package static let newestContract = 1

  /// The reason why a program's answer to `--describe` cannot be used.
  package enum Unusable: Error {
    case noAnswer(ProcessOutcome.Ending)
    case notJSON(reason: String)
    case incomplete
    case newerContract(found: Int, newest: Int)
    case noOutput
    case repeatedName(String)
    case badPort
    case badParam
  }

  /// - Parameter bytes: the program's output, a JSON object as in Docs/reference/stage-contract.md.
  package init(_ bytes: [UInt8]) throws(Unusable) {
    let json: JSON
    do { json = try JSON.parse(bytes) } catch { throw .notJSON(reason: "\(error)") }
    guard let contract = json["contract"]?.integer, let version = json["version"]?.integer,
      let inputs = json["inputs"]?.array, let outputs = json["outputs"]?.array, let params = json["params"]?.array
    else { throw .incomplete }
    guard contract <= Self.newestContract else {
      throw .newerContract(found: contract, newest: Self.newestContract)
    }
    self.contract = contract
    self.version = version
    self.inputs = try inputs.map { json throws(Unusable) in try Port(json) }
    self.outputs = try outputs.map { json throws(Unusable) in try Port(json) }
    self.params = try params.map { json throws(Unusable) in try ParamDescription(json) }
    keepsWork = json["work"]?.bool ?? false
    dividesWork = keepsWork && json["blocks"]?.bool ?? false
    cooperates = dividesWork && json["cooperates"]?.bool ?? false
    checksParams = json["check"]?.bool ?? false
    for option in json["options"]?.array ?? [] {
      guard let name = option["name"]?.string, let type = option["type"]?.string else { continue }
      options[name] = type
    }
    guard !self.outputs.isEmpty else { throw .noOutput }
    for names in [self.inputs.map(\.name), self.outputs.map(\.name), self.params.map(\.name)] {
      var seen: Set<String> = []
      for name in names where !seen.insert(name).inserted { throw .repeatedName(name) }
    }
  }
}

extension StageDescription.Unusable: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noAnswer(let ending): "it does not answer --describe (\(ending))"
    case .notJSON(let reason): "its --describe is not JSON: \(reason)"
    case .incomplete: "its --describe lacks contract, version, inputs, outputs or params"
    case .newerContract(let found, let newest):
      "it requires stage contract \(found); this runner supports \(newest)"
    case .noOutput: "it has no output"
    case .repeatedName(let name): "its --describe has the name \"\(name)\" twice"
    case .badPort: "a port in its --describe has no name or no type"
    case .badParam: "a param in its --describe has no name or no known type"
    }
  }
}

extension StageDescription.Port {
  init(_ json: JSON) throws(StageDescription.Unusable) {
    guard let name = json["name"]?.string, PipelineReader.isName(name), let type = json["type"]?.string else {
      throw .badPort
    }
    let other = json["or"].flatMap { other in
      other["type"]?.string.map { ArtifactType($0, version: other["version"]?.integer ?? 0) }
    }
    self.init(
      name: name, type: type, version: json["version"]?.integer ?? 0, otherType: other,
      isOptional: json["optional"]?.bool ?? false,
      listedIn: json["listed_in"]?.string)
  }
}

extension ParamDescription {
  static let types = ["integer", "number", "boolean", "text", "choice"]

  init(_ json: JSON) throws(StageDescription.Unusable) {
    guard let name = json["name"]?.string, PipelineReader.isName(name), let type = json["type"]?.string,
      Self.types.contains(type)
    else { throw .badParam }
    self.init(
      name: name, type: type, isList: json["list"]?.bool ?? false,
      choices: json["choices"]?.array?.compactMap(\.string) ?? [], defaultValue: json["default"] ?? .null)
  }

  /// A number that is declared without a fraction is a number still, so that `1` and `1.0` are one value.
  var canonicalDefault: JSON {
    guard type == "number" else { return defaultValue }
    if case .array(let values) = defaultValue { return .array(values.map { $0.number.map { .number($0) } ?? $0 }) }
    return defaultValue.number.map { .number($0) } ?? defaultValue
  }
}
