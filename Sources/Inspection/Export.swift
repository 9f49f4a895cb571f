package import Artifacts
import Tables

/// Exports tables and sections of artifacts to formats of other programs.
package enum Export {
  /// Writes a table as CSV (RFC 4180): a header, CR LF after every row, lists joined by "|", missing values empty.
  ///
  /// - Parameters:
  ///   - name: the table's name; may be `nil` if there is only one, and for the lists of recommendations.
  ///   - write: writes a piece of the text.
  /// - Throws: `InspectionError.noTable`, or a `FileError`.
  package static func csv(_ file: ArtifactFile, table name: String?, write: ([UInt8]) throws -> Void) throws {
    var names = Table.names(in: file)
    if file.header.type == RecommendationsExport.type {
      guard let name, name != RecommendationsExport.table else {
        return try RecommendationsExport.csv(file, write: write)
      }
      names.append(RecommendationsExport.table)
    }
    guard let chosen = name ?? (names.count == 1 ? names[0] : nil), names.contains(chosen) else {
      throw InspectionError.noTable(name, there: names)
    }
    let table = try Table(chosen, from: file)
    var text: [UInt8] = []
    CSVRow.append(table.columns.map(\.name), to: &text)
    for row in 0..<table.rows {
      CSVRow.append(table.columns.map { $0.text(row) }, to: &text)
      if text.count > 1 << 20 {
        try write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    try write(text)
  }

  /// Writes a section in NumPy's format 1.0.
  ///
  /// - Parameter name: the section's name; may be `nil` if only one is outside of tables.
  /// - Throws: `InspectionError.noSection`, or a `FileError`.
  package static func npy(_ file: ArtifactFile, section name: String?, write: ([UInt8]) throws -> Void) throws {
    let names = file.header.sections.map(\.name)
    let tensors = file.tensors.map(\.name)
    guard let chosen = name ?? (tensors.count == 1 ? tensors[0] : nil), let section = file.section(chosen) else {
      throw InspectionError.noSection(name, there: tensors.isEmpty ? names : tensors)
    }
    let extents = section.shape.map { "\($0)" }.joined(separator: ", ") + (section.shape.count == 1 ? "," : "")
    var header = "{'descr': '\(section.type.numpy)', 'fortran_order': False, 'shape': (\(extents)), }"
    // Ten bytes precede it and a line feed ends it; data begins at a multiple of 64.
    header += String(repeating: " ", count: (64 - (header.utf8.count + 11) % 64) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    try write([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8))
    switch section.type {
    case .u8: try write(file.read(chosen, as: UInt8.self))
    case .u32: try write(bytes(file.read(chosen, as: UInt32.self)))
    case .u64: try write(bytes(file.read(chosen, as: UInt64.self)))
    case .i32: try write(bytes(file.read(chosen, as: Int32.self)))
    case .i64: try write(bytes(file.read(chosen, as: Int64.self)))
    case .f32: try write(bytes(file.read(chosen, as: Float.self)))
    case .f64: try write(bytes(file.read(chosen, as: Double.self)))
    }
  }

  private static func bytes(_ values: [some SectionElement]) -> [UInt8] {
    unsafe values.withUnsafeBytes { unsafe Array($0) }
  }
}

extension ElementType {
  fileprivate var numpy: String {
    switch self {
    case .u8: "|u1"
    case .u32: "<u4"
    case .u64: "<u8"
    case .i32: "<i4"
    case .i64: "<i8"
    case .f32: "<f4"
    case .f64: "<f8"
    }
  }
}
