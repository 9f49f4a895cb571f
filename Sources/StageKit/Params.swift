import ArgumentParser
import Artifacts

/// The params that a stage declares, by reflection over its options, so that there is no second table of them.
struct Params {
  struct Param {
    let name: String
    let type: any ParamValue.Type
    let value: JSON
  }

  let all: [Param]

  /// - Parameter stage: parsed, so that its options have values.
  init(of stage: any ParsableCommand) {
    all = Mirror(reflecting: stage).children.compactMap { child in
      guard let label = child.label, let option = child.value as? any DeclaredParam else { return nil }
      return Param(name: Self.kebab(label.drop { $0 == "_" }), type: option.valueType, value: option.currentValue)
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
        [
          "name": JSON(param.name), "type": JSON(param.type.paramType), "list": .bool(param.type.isList),
          "choices": JSON(param.type.choices), "default": param.value, "help": JSON(help[param.name] ?? ""),
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
