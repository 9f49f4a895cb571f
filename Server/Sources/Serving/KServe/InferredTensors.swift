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

  mutating func append(_ lists: [RankedList], ratings: [[Float]?]) {
    shape = (shape.rows + lists.count, lists.first?.count ?? shape.columns)
    for output in request.outputs {
      for (list, ratings) in zip(lists, ratings) where !list.isEmpty {
        if output.isBinary {
          tensors[output.name]?.append { Self.append(output, list, ratings, to: &$0) }
        } else {
          texts[output.name]?.row { Self.write(output, list, ratings, to: &$0) }
        }
      }
    }
  }

  private static func write(
    _ output: InferRequest.Output, _ list: RankedList, _ ratings: [Float]?, to json: inout JSONText
  ) {
    switch output.name {
    case InferRequest.scores: json.elements(scores: list)
    case InferRequest.ratings: json.elements(ratings: ratings, of: list)
    default: json.elements(names: list)
    }
  }

  /// Appends the bytes of a list: NaN where no rating is predicted.
  private static func append(
    _ output: InferRequest.Output, _ list: RankedList, _ ratings: [Float]?, to bytes: inout [UInt8]
  ) {
    switch output.name {
    case InferRequest.scores: for item in list { BinaryStrings.append(item.score.bitPattern, to: &bytes) }
    case InferRequest.ratings:
      for place in list.indices {
        let rating = ratings.flatMap { place < $0.count ? $0[place] : nil } ?? .nan
        BinaryStrings.append(rating.bitPattern, to: &bytes)
      }
    default: for item in list { BinaryStrings.append(item.candidate, to: &bytes) }
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
      let type = [InferRequest.scores, InferRequest.ratings].contains(output.name) ? "FP32" : "BYTES"
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

  mutating func append(_ write: (inout [UInt8]) -> Void) {
    let before = last.count
    write(&last)
    count += last.count - before
    guard last.count >= Self.partSize else { return }
    parts.append(last)
    last = []
  }

  consuming func finished() -> [[UInt8]] { parts + [last] }
}
