import Artifacts
import Kernels
import SystemFiles

/// Sections of an index, checked as they are opened.
struct IndexSections {
  let file: ArtifactFile

  func error(_ cause: CandidateIndexError) -> FileError { FileError(file.path, cause) }

  /// A section where it lies in the file.
  ///
  /// - Throws: `FileError` if it is missing or of another type or shape.
  func mapped<Element: SectionElement>(_ name: String, _ shape: [Int]) throws -> Storage<Element> {
    try require(name, shape)
    return try file.mapped(name)
  }

  func require(_ name: String, _ shape: [Int]) throws {
    guard let section = file.section(name) else { throw error(.missingSection(name)) }
    guard section.shape == shape else { throw error(.shape(section: name, found: section.shape, expected: shape)) }
  }

  /// Numbers that rise from 0 to `last`: O(`count`).
  func rising(_ name: String, count: Int, to last: Int) throws -> [Int] {
    let values: Storage<UInt64> = try mapped(name, [count])
    var before: UInt64 = 0
    for (index, value) in values.enumerated() {
      let least = index == count - 1 ? UInt64(last) : before
      let greatest = index == 0 ? 0 : UInt64(last)
      guard value >= least, value <= greatest else {
        throw error(.number(section: name, index: index, found: value, expected: "\(least) to \(greatest)"))
      }
      before = value
    }
    return values.map { Int($0) }
  }
}
