import Artifacts

/// Sections of an index, checked as they are opened.
struct IndexSections {
  let file: ArtifactFile

  func malformed(_ name: String, _ reason: String) -> FileError {
    FileError(file.path, ArtifactError.malformed(part: "section \"\(name)\"", reason: reason))
  }

  func mapped<Element: SectionElement>(_ name: String, _ shape: [Int]) throws -> Storage<Element> {
    guard file.section(name)?.shape == shape else { throw malformed(name, "its shape is not \(shape)") }
    return Storage(try file.mapped(name), owner: file)
  }

  /// Numbers from 0 to `last`, none less than the one before.
  func rising(_ name: String, count: Int, to last: Int) throws -> [Int] {
    let values: Storage<UInt64> = try mapped(name, [count])
    var before: UInt64 = 0
    for (place, value) in values.values.enumerated() {
      guard value >= before, value <= UInt64(last), place > 0 || value == 0 else {
        throw malformed(name, "number \(place) is \(value)")
      }
      before = value
    }
    guard before == UInt64(last) else { throw malformed(name, "it ends with \(before), not \(last)") }
    return values.values.map { Int($0) }
  }
}
