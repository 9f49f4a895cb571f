import Artifacts
package import CanonicalJSON

extension StageDescription {
  /// The description as a program prints it.
  package var json: JSON {
    [
      "contract": JSON(contract), "version": JSON(version), "work": .bool(keepsWork),
      "blocks": .bool(dividesWork), "cooperates": .bool(cooperates), "check": .bool(checksParams),
      "inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json)),
      "params": .array(params.map(\.json)),
      "options": .array(
        options.sorted { $0.key < $1.key }.map { ["name": JSON($0.key), "type": JSON($0.value)] }),
    ]
  }
}

extension StageDescription.Port {
  fileprivate var json: JSON {
    var fields: [String: JSON] = [
      "name": JSON(name), "type": JSON(type), "version": JSON(version), "optional": .bool(isOptional),
    ]
    fields["or"] = otherType.map { ["type": JSON($0.name), "version": JSON($0.version)] }
    fields["listed_in"] = listedIn.map { JSON($0) }
    return .object(fields)
  }
}

extension ParamDescription {
  fileprivate var json: JSON {
    [
      "name": JSON(name), "type": JSON(type), "list": .bool(isList), "choices": JSON(choices),
      "default": defaultValue,
    ]
  }
}
