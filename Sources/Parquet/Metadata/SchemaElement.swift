/// A node of the schema, as the footer lists them: each before its children.
struct SchemaElement {
  var name = ""
  var physical: Int?
  var length = 0
  /// The repetition: 0 required, 1 optional, 2 repeated.
  var repetition = 0
  var children = 0
  var converted: Int?
  var scale = 0
  var logical: LogicalType?

  init(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: physical = try reader.integer(field)
      case 2: length = try reader.integer(field)
      case 3: repetition = try reader.integer(field)
      case 4: name = try reader.text(field)
      case 5: children = try reader.integer(field)
      case 6: converted = try reader.integer(field)
      case 7: scale = try reader.integer(field)
      case 10: logical = try LogicalType(&reader)
      default: try reader.skip(field)
      }
    }
    guard 0...2 ~= repetition, children >= 0 else {
      throw .damaged("the footer: \"\(name)\" has repetition \(repetition) and \(children) children")
    }
  }
}

/// The annotation that says what a column's values stand for.
struct LogicalType {
  /// The number of the annotation in the union of the format's Thrift definition.
  var number = 0
  var scale = 0
  var unit = 0
  var isSigned = true

  init(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      number = field.number
      switch field.number {
      case 5: try reader.only(1) { field, reader throws(ParquetFault) in scale = try reader.integer(field) }
      case 7, 8: try reader.only(2) { _, reader throws(ParquetFault) in unit = try reader.unionMember() }
      case 10: try reader.only(2) { field, reader throws(ParquetFault) in isSigned = try reader.boolean(field) }
      default: try reader.skip(field)
      }
    }
  }
}
