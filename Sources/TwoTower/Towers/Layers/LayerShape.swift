package import CanonicalJSON
import DisplayText
import Kernels

/// The inputs and widths of a tower's dense layers: a warm start must find them the same.
package struct LayerShape: Sendable, Equatable, CustomStringConvertible {
  /// "id", where ids have vectors, and the declarations of features.
  var inputs: [String]
  /// Number of inputs, then of outputs of each layer.
  var widths: [Int]
  var form: DenseLayers.Form

  package var description: String {
    "\(inputs.joined(separator: ", ")): \(widths.map { "\($0)" }.joined(separator: "-"))"
      + (widths.count == 2 ? "" : " \(form.activation.rawValue)\(form.isNormalised ? " after layer-norm" : "")")
  }

  package var json: JSON {
    .object(
      form.fields.merging(["inputs": JSON(inputs), "widths": .array(widths.map { JSON($0) })]) { first, _ in first })
  }

  init(inputs: [String], _ layers: DenseLayers) {
    self.inputs = inputs
    widths = layers.widths
    form = layers.form
  }

  /// - Returns: `nil` if the JSON is none of a shape.
  package init?(_ json: JSON) {
    guard let inputs = json["inputs"]?.array?.compactMap(\.string),
      let widths = json["widths"]?.array?.compactMap(\.integer), let form = DenseLayers.Form(json)
    else { return nil }
    self.inputs = inputs
    self.widths = widths
    self.form = form
  }
}

extension DenseLayers.Form {
  var fields: [String: JSON] { ["activation": JSON(activation.rawValue), "layer_norm": .bool(isNormalised)] }

  init?(_ json: JSON) {
    guard let activation = json["activation"]?.string.flatMap(Activation.init(rawValue:)),
      let isNormalised = json["layer_norm"]?.bool
    else { return nil }
    self.init(activation: activation, isNormalised: isNormalised)
  }
}
