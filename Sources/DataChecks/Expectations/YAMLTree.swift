import CLibYAML

/// YAML as libyaml reads it, with the line of each value.
///
/// Unsafe inside, for a document that belongs to C; nothing of it is kept.
struct YAMLTree {
  enum Content {
    case scalar(String)
    case list([YAMLTree])
    case fields([(name: YAMLTree, value: YAMLTree)])
  }

  let content: Content
  /// The line, counted from 1.
  let line: Int

  static let mostBytes = 1 << 20
  private static let greatestDepth = 8
  private static let mostValues = 100_000

  var kind: String {
    switch content {
    case .scalar(let text): text.isEmpty ? "empty" : "\"\(text)\""
    case .list: "a list"
    case .fields: "fields"
    }
  }

  /// Reads the first document.
  ///
  /// - Returns: `nil` if there is nothing but comments.
  static func read(_ text: [UInt8]) throws(DataCheckError) -> YAMLTree? {
    guard text.count <= mostBytes else {
      throw .badExpectations(line: 1, .tooLarge(bytes: text.count, most: mostBytes))
    }
    var parser = unsafe yaml_parser_t()
    guard unsafe yaml_parser_initialize(&parser) == 1 else {
      throw .badExpectations(line: 1, .notYAML("no memory to read it"))
    }
    defer { unsafe yaml_parser_delete(&parser) }
    let result: Result<YAMLTree?, DataCheckError> = unsafe text.withUnsafeBufferPointer { bytes in
      unsafe yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      var document = unsafe yaml_document_t()
      guard unsafe yaml_parser_load(&parser, &document) == 1 else {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        let line = unsafe Int(parser.problem_mark.line) + 1
        return .failure(.badExpectations(line: line, .notYAML(problem)))
      }
      defer { unsafe yaml_document_delete(&document) }
      guard let root = unsafe yaml_document_get_root_node(&document) else { return .success(nil) }
      var left = mostValues
      do throws(DataCheckError) {
        return .success(try unsafe YAMLTree(root, of: &document, depth: 0, left: &left))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(
    _ node: UnsafeMutablePointer<yaml_node_t>, of document: UnsafeMutablePointer<yaml_document_t>, depth: Int,
    left: inout Int
  ) throws(DataCheckError) {
    line = unsafe Int(node.pointee.start_mark.line) + 1
    left -= 1
    guard left >= 0 else { throw .badExpectations(line: line, .tooMany(most: Self.mostValues)) }
    guard depth < Self.greatestDepth else { throw .badExpectations(line: line, .tooDeep(most: Self.greatestDepth)) }
    let data = unsafe node.pointee.data
    switch unsafe node.pointee.type {
    case YAML_SEQUENCE_NODE:
      var items: [YAMLTree] = []
      var next = unsafe data.sequence.items.start
      while let item = unsafe next, unsafe item != data.sequence.items.top {
        if let child = unsafe yaml_document_get_node(document, item.pointee) {
          items.append(try unsafe YAMLTree(child, of: document, depth: depth + 1, left: &left))
        }
        unsafe next = item + 1
      }
      content = .list(items)
    case YAML_MAPPING_NODE:
      var fields: [(name: YAMLTree, value: YAMLTree)] = []
      var next = unsafe data.mapping.pairs.start
      while let pair = unsafe next, unsafe pair != data.mapping.pairs.top {
        if let name = unsafe yaml_document_get_node(document, pair.pointee.key),
          let value = unsafe yaml_document_get_node(document, pair.pointee.value)
        {
          fields.append(
            (
              try unsafe YAMLTree(name, of: document, depth: depth + 1, left: &left),
              try unsafe YAMLTree(value, of: document, depth: depth + 1, left: &left)
            ))
        }
        unsafe next = pair + 1
      }
      content = .fields(fields)
    default:
      let bytes = unsafe UnsafeBufferPointer(start: data.scalar.value, count: Int(data.scalar.length))
      content = unsafe .scalar(String(decoding: bytes, as: UTF8.self))
    }
  }
}
