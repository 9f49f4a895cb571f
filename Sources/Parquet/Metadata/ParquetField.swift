/// A field of the schema at its top, which is a column where it can be read.
package struct ParquetField: Sendable {
  /// The content of a field, which is read if it is a column.
  package enum Content: Sendable {
    case column(ParquetColumn)
    /// - Parameter what: what it holds, as in "a struct".
    case unread(what: String)
  }

  package let name: String
  package let content: Content
}

/// A column of a file: one value a row, or a list of values a row.
package struct ParquetColumn: Sendable {
  package let name: String
  /// The place among the leaves of the schema.
  let number: Int
  let leaf: SchemaLeaf

  package var type: ColumnType { leaf.type }

  /// `true` if each row has a list of values.
  package var isList: Bool { leaf.maximumRepetition > 0 }
}

/// The fields at the top of a schema, made from its nodes.
struct SchemaTree {
  private let elements: [SchemaElement]
  private var next = 1
  private var leaves = 0

  private init(_ elements: [SchemaElement]) { self.elements = elements }

  /// - Returns: the fields, and the number of leaves, each of which is a chunk in every row group.
  static func fields(_ elements: [SchemaElement]) throws(ParquetFault) -> (fields: [ParquetField], leaves: Int) {
    guard let root = elements.first else { throw .damaged("the footer: the schema is empty") }
    var tree = SchemaTree(elements)
    var fields: [ParquetField] = []
    for _ in 0..<min(root.children, elements.count) { fields.append(try tree.field()) }
    guard tree.next == elements.count else {
      throw .damaged("the footer: the schema has \(elements.count) nodes, and \(tree.next) belong to it")
    }
    return (fields, tree.leaves)
  }

  private mutating func element() throws(ParquetFault) -> SchemaElement {
    guard next < elements.count else { throw .damaged("the footer: the schema lacks nodes") }
    next += 1
    return elements[next - 1]
  }

  private mutating func field() throws(ParquetFault) -> ParquetField {
    let top = try element()
    let definition = top.repetition == 0 ? 0 : 1
    if top.physical != nil {
      return try leaf(top, named: top.name, definition: definition, repetition: top.repetition == 2 ? 1 : 0)
    }
    if top.children == 1, top.converted == 3 || top.logical?.number == 3, top.repetition < 2, next < elements.count {
      return try list(top, definition: definition)
    }
    let what = top.converted == 1 || top.logical?.number == 2 ? "a map" : "a struct"
    try skipChildren(of: top, depth: 0)
    return ParquetField(name: top.name, content: .unread(what: what))
  }

  /// A list in three levels, or in the two of older writers.
  private mutating func list(_ top: SchemaElement, definition: Int) throws(ParquetFault) -> ParquetField {
    let repeated = try element()
    guard repeated.repetition == 2 else {
      try skipChildren(of: repeated, depth: 0)
      if repeated.physical != nil { leaves += 1 }
      return ParquetField(name: top.name, content: .unread(what: "a list that repeats nothing"))
    }
    if repeated.physical != nil {
      return try leaf(repeated, named: top.name, definition: definition + 1, repetition: 1)
    }
    if repeated.children == 1, next < elements.count, elements[next].physical != nil, elements[next].repetition < 2 {
      let item = try element()
      return try leaf(item, named: top.name, definition: definition + 1 + item.repetition, repetition: 1)
    }
    try skipChildren(of: repeated, depth: 0)
    return ParquetField(name: top.name, content: .unread(what: "a list of lists or structs"))
  }

  private mutating func leaf(
    _ element: SchemaElement, named name: String, definition: Int, repetition: Int
  ) throws(ParquetFault) -> ParquetField {
    guard element.children == 0, let physical = element.physical.flatMap(PhysicalType.init(rawValue:)) else {
      throw .damaged("the footer: column \"\(name)\" has type \(element.physical ?? -1)")
    }
    guard physical != .fixedLengthByteArray || 1...Self.longestValue ~= element.length else {
      throw .damaged("the footer: values of column \"\(name)\" have \(element.length) bytes")
    }
    let number = leaves
    leaves += 1
    switch element.columnType(physical) {
    case .failure(let unread): return ParquetField(name: name, content: .unread(what: unread.name))
    case .success(let type):
      let isUnsigned = element.converted == 13 || element.logical?.number == 10 && element.logical?.isSigned == false
      let leaf = SchemaLeaf(
        physical: physical, length: element.length, isUUID: element.logical?.number == 14,
        isUnsigned32: physical == .int32 && isUnsigned, type: type, maximumDefinition: definition,
        maximumRepetition: repetition)
      return ParquetField(name: name, content: .column(ParquetColumn(name: name, number: number, leaf: leaf)))
    }
  }

  private mutating func skipChildren(of parent: SchemaElement, depth: Int) throws(ParquetFault) {
    guard depth < Self.deepest else { throw .damaged("the footer: the schema is nested too deeply") }
    for _ in 0..<min(parent.children, elements.count) {
      let child = try element()
      if child.physical != nil { leaves += 1 }
      try skipChildren(of: child, depth: depth + 1)
    }
  }

  private static let deepest = 64
  private static let longestValue = 1 << 20
}
