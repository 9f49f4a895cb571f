import ArgumentParser
import CanonicalJSON

/// The params that a stage declares, found by reflection over its options, so that there is no second table of them.
struct Params {
  struct Param {
    let name: String
    let type: any ParamValue.Type
    let value: JSON
  }

  let all: [Param]

  /// - Parameter stage: a stage or a group of options, parsed, so that its options have values.
  /// - Precondition: whatever affects the outputs is an `@Option` of a `ParamValue`; anything else would be missing
  ///   from the lineage and from the cache key.
  init(of stage: any ParsableArguments) { all = Self.declared(in: stage) }

  private static func declared(in declarations: Any) -> [Param] {
    Mirror(reflecting: declarations).children.flatMap { child -> [Param] in
      guard let label = child.label else { return [] }
      switch child.value {
      case let option as any DeclaredParam:
        return [Param(name: kebab(label.drop { $0 == "_" }), type: option.valueType, value: option.currentValue)]
      case let group as any DeclaredGroup:
        return group.group is any OutsideTheKey ? [] : declared(in: group.group)
      default:
        precondition(!(child.value is any AnyDeclaration), "\(label): a param is an option of a ParamValue")
        return []
      }
    }
  }

  /// Names and types of the stage's own options that do not affect its outputs.
  static func options(of stage: any ParsableCommand) -> [JSON] {
    Mirror(reflecting: stage).children.flatMap { child -> [JSON] in
      guard let group = (child.value as? any DeclaredGroup)?.group, group is any OutsideTheKey,
        !(group is StageFiles), !(group is BlockOptions)
      else { return [] }
      return Mirror(reflecting: group).children.compactMap { option in
        guard let label = option.label else { return nil }
        let name = kebab(label.drop { $0 == "_" })
        let type = (option.value as? any DeclaredParam)?.valueType.paramType ?? "boolean"
        return ["name": JSON(name), "type": JSON(type)]
      }
    }
  }

  /// Refuses numbers that are not finite, which an artifact's header cannot hold.
  func checkFinite() throws {
    for param in all {
      for value in param.value.array ?? [param.value] {
        if let number = value.number, !number.isFinite {
          throw ValidationError("--\(param.name) is \(number); give a finite number")
        }
      }
    }
  }

  var values: [String: JSON] { Dictionary(all.map { ($0.name, $0.value) }) { first, _ in first } }

  /// "learningRate" as "learning-rate", as ArgumentParser spells it.
  static func kebab(_ name: Substring) -> String {
    name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
  }

  func description(help: [String: String]) -> JSON {
    .array(
      all.map { param in
        let help = help[param.name]
        precondition(help != nil, "--\(param.name) has no help, or is spelt differently on the command line")
        return [
          "name": JSON(param.name), "type": JSON(param.type.paramType), "list": .bool(param.type.isList),
          "choices": JSON(param.type.choices), "default": param.value, "help": JSON(help ?? ""),
        ]
      })
  }

  /// Help lines by option, from ArgumentParser's own dump.
  static func help(of stage: any ParsableCommand.Type) -> [String: String] {
    guard let dump = try? JSON.parse(Array(stage._dumpHelp().utf8), depth: 64) else { return [:] }
    var help: [String: String] = [:]
    for argument in dump["command"]?["arguments"]?.array ?? [] {
      for name in argument["names"]?.array ?? [] {
        if let name = name["name"]?.string, let text = argument["abstract"]?.string { help[name] = text }
      }
    }
    return help
  }
}
