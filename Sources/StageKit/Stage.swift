package import ArgumentParser
import Artifacts
package import CanonicalJSON

/// A stage executable: it declares ports and options, and does its work in `run(in:)`.
///
/// The protocol gives the rest of the stage contract (Docs/reference/stage-contract.md): `--input`, `--output`,
/// `--describe`, `--params-file`, one line for each failure, and exit codes 0 (all outputs published), 1 (refused) and
/// 64 (command line). Every option must have a default or be optional.
///
/// Each output is published whole or not at all. A stage with several may fail between two of them; what must appear
/// together is written into a staging folder that the runner publishes.
package protocol Stage: ParsableCommand {
  static var name: String { get }
  /// The version of the stage, which is raised whenever the same inputs and params would give other outputs.
  static var version: Int { get }
  static var summary: String { get }
  static var inputs: [Port] { get }
  static var outputs: [Port] { get }
  var files: StageFiles { get }
  /// Refuses params that do not go with the inputs and outputs that are given, before any of them is opened.
  func check(_ given: GivenPorts) throws
  func run(in context: StageContext) throws
}

extension Stage {
  package func check(_ given: GivenPorts) throws {}

  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: summary,
      discussion: """
        Inputs: \(list(inputs)). \
        Outputs: \(list(outputs)). \
        Long values and lists may stand in a JSON object: --params-file FILE.
        """)
  }

  private static func list(_ ports: [Port]) -> String {
    ports.map { $0.isOptional ? "\($0.name) (optional)" : $0.name }.joined(separator: ", ")
  }

  /// The stage as it is when no option is given.
  static var defaults: Self {
    do { return try parse([]) } catch { preconditionFailure("\(name): an option has no valid default: \(error)") }
  }

  /// The description that `--describe` prints.
  package static var description: JSON {
    [
      "contract": 1, "stage": JSON(name), "version": JSON(version), "summary": JSON(summary),
      "inputs": .array(inputs.map(\.description)), "outputs": .array(outputs.map(\.description)),
      "params": Params(of: defaults).description(help: Params.help(of: Self.self)),
      "work": true, "check": true, "blocks": .bool(Self.self is any DivisibleStage.Type),
      "cooperates": .bool(Self.self is any CooperativeStage.Type),
      "options": .array(Params.options(of: defaults)),
    ]
  }
}

extension ParsableArguments {
  /// The stage, or the group of options, with params as a lineage has them.
  ///
  /// - Throws: `ParamsError` if there is no such param, or a command line cannot give the value; ArgumentParser's
  ///   errors if it is refused.
  package static func with(_ params: [String: JSON]) throws -> Self {
    try parse(ParamsFile.words(for: params, defaults: Params(of: parse([]))))
  }

  /// All params, by name.
  package var params: [String: JSON] { Params(of: self).values }

  /// Names of params, of a stage or of a group of options, that are not at their defaults, in the order of their
  /// declaration.
  package var changedParams: [String] {
    guard let defaults = try? Self.parse([]) else {
      preconditionFailure("\(Self.self): an option has no valid default")
    }
    let values = Params(of: defaults).values
    return Params(of: self).all.filter { $0.value != values[$0.name] }.map(\.name)
  }

  /// Refuses params that are not at their defaults.
  ///
  /// - Parameter reason: what follows their names in the error.
  /// - Throws: `ValidationError`.
  package func requireDefaults(_ reason: String) throws {
    let given = changedParams.map { "--\($0)" }
    guard given.isEmpty else { throw ValidationError("\(given.joined(separator: ", ")): \(reason)") }
  }
}
