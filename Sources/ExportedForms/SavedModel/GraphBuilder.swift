import BasicAlgorithms
import FoundationEssentials
import ServingMessages

/// An attribute of an operation.
enum Attribute {
  case type(TFDataType)
  case types([TFDataType])
  case number(Int)
  case flag(Bool)
  case text(String)
  case shape([Int])
  case shapes([[Int]])
  case tensor(TFTensor)
  case function(String)

  var message: TFAttributeValue {
    var value = TFAttributeValue()
    switch self {
    case .type(let type): value.type = type
    case .types(let types): value.list.type = types
    case .number(let number): value.i = Int64(number)
    case .flag(let flag): value.b = flag
    case .text(let text): value.s = Data(text.utf8)
    case .shape(let sizes): value.shape = TFShape(sizes)
    case .shapes(let shapes): value.list.shape = shapes.map { TFShape($0) }
    case .tensor(let tensor): value.tensor = tensor
    case .function(let name): value.func.name = name
    }
    return value
  }
}

extension TFTensor {
  private init(_ type: TFDataType, _ shape: [Int], _ bytes: [UInt8] = []) {
    self.init()
    dtype = type
    tensorShape = TFShape(shape)
    tensorContent = Data(bytes)
  }

  static func int32(_ value: Int) -> TFTensor { TFTensor(.dtInt32, [], littleEndian(Int32(truncatingIfNeeded: value))) }
  static func int32(list: [Int]) -> TFTensor {
    TFTensor(.dtInt32, [list.count], list.flatMap { littleEndian(Int32(truncatingIfNeeded: $0)) })
  }
  static func int64(_ value: Int) -> TFTensor { TFTensor(.dtInt64, [], littleEndian(Int64(value))) }
  static func float(_ value: Float) -> TFTensor { TFTensor(.dtFloat, [], littleEndian(value.bitPattern)) }

  static func doubles(_ values: [Double], shape: [Int]) -> TFTensor {
    TFTensor(.dtDouble, shape, values.flatMap { littleEndian($0.bitPattern) })
  }

  /// - Parameter shape: of no elements but those of `texts`.
  static func strings(_ texts: [String], shape: [Int]) -> TFTensor {
    var tensor = TFTensor(.dtString, shape)
    tensor.stringVal = texts.map { Data($0.utf8) }
    return tensor
  }

  static func string(_ text: String) -> TFTensor {
    var tensor = TFTensor(.dtString, [])
    tensor.stringVal = [Data(text.utf8)]
    return tensor
  }

  static func strings(_ texts: [String]) -> TFTensor {
    var tensor = TFTensor(.dtString, [texts.count])
    tensor.stringVal = texts.map { Data($0.utf8) }
    return tensor
  }
}

extension TFNode {
  init(_ name: String, _ operation: String, _ inputs: [String] = [], _ attributes: [String: Attribute] = [:]) {
    self.init()
    self.name = name
    op = operation
    input = inputs
    attr = attributes.mapValues(\.message)
  }

  init(_ name: String, constant: TFTensor) {
    self.init(name, "Const", [], ["dtype": .type(constant.dtype), "value": .tensor(constant)])
  }
}

extension TFFunction {
  /// Returns a function of the graph's library. References within it are `argument`, `node:output:index` and `^node`.
  ///
  /// - Parameters:
  ///   - results: the references of the results, by name.
  init(
    _ name: String, arguments: [(String, TFDataType)], results: [(name: String, type: TFDataType, from: String)],
    nodes: [TFNode]
  ) {
    self.init()
    signature.name = name
    signature.isStateful = true
    signature.inputArg = arguments.map { Self.argument($0.0, $0.1) }
    signature.outputArg = results.map { Self.argument($0.name, $0.type) }
    ret = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0.from) })
    nodeDef = nodes
  }

  private static func argument(_ name: String, _ type: TFDataType) -> TFOperation.Argument {
    var argument = TFOperation.Argument()
    argument.name = name
    argument.type = type
    return argument
  }
}
