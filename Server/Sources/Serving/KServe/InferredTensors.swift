import JSON

/// Writes lists as the outputs of an `infer` request, each as JSON or as the bytes of a tensor.
struct InferredTensors: ListWriter {
  private let request: InferRequest
  /// The model's name and version.
  private let model: (name: String, version: Int)
  private var texts: [String: ColumnText] = [:]
  private var tensors: [String: BinaryTensor] = [:]
  private var shape = (rows: 0, columns: 0)

  init(_ request: InferRequest, model: (name: String, version: Int)) {
    self.request = request
    self.model = model
    for output in request.outputs {
      if output.isBinary { tensors[output.name] = BinaryTensor() } else { texts[output.name] = ColumnText() }
    }
  }

  mutating func append(_ lists: [RankedList]) {
    shape = (shape.rows + lists.count, lists.first?.count ?? shape.columns)
    for output in request.outputs {
      let areScores = output.name == InferRequest.scores
      for list in lists where !list.isEmpty {
        if output.isBinary {
          tensors[output.name]?.append(list, areScores: areScores)
        } else {
          texts[output.name]?.row { areScores ? $0.elements(scores: list) : $0.elements(names: list) }
        }
      }
    }
  }

  mutating func reply() -> Reply {
    var (parts, bytes, head) = ([[UInt8]](), [[UInt8]](), JSONText())
    head.raw("{")
    if let id = request.id {
      head.raw("\"id\":")
      head.string(id)
      head.raw(",")
    }
    head.raw("\"model_name\":")
    head.string(model.name)
    head.raw(",\"model_version\":\"\(model.version)\",\"outputs\":[")
    for (place, output) in request.outputs.enumerated() {
      let type = output.name == InferRequest.scores ? "FP32" : "BYTES"
      head.raw(place > 0 ? "," : "")
      head.raw("{\"name\":\"\(output.name)\",\"datatype\":\"\(type)\",\"shape\":[\(shape.rows),\(shape.columns)],")
      if let tensor = tensors.removeValue(forKey: output.name) {
        head.raw("\"parameters\":{\"binary_data_size\":\(tensor.count)}}")
        bytes += tensor.finished()
      } else if let text = texts.removeValue(forKey: output.name) {
        head.raw("\"data\":[")
        parts += [head.bytes] + text.finished()
        head = JSONText()
        head.raw("]}")
      }
    }
    head.raw("]}")
    parts.append(head.bytes)
    guard request.outputs.contains(where: \.isBinary) else { return Reply(parts: parts, route: "v2 infer") }
    return Reply(
      type: "application/octet-stream", parts: parts + bytes, jsonLength: parts.reduce(0) { $0 + $1.count },
      route: "v2 infer")
  }
}

/// The bytes of a tensor, in parts, so that growing does not copy them.
private struct BinaryTensor: Sendable {
  private static let partSize = 1 << 18

  private(set) var count = 0
  private var last: [UInt8] = []
  private var parts: [[UInt8]] = []

  mutating func append(_ list: RankedList, areScores: Bool) {
    let before = last.count
    for item in list {
      if areScores {
        BinaryStrings.append(item.score.bitPattern, to: &last)
      } else {
        BinaryStrings.append(item.candidate, to: &last)
      }
    }
    count += last.count - before
    guard last.count >= Self.partSize else { return }
    parts.append(last)
    last = []
  }

  consuming func finished() -> [[UInt8]] { parts + [last] }
}
