package import Artifacts
package import CanonicalJSON
import Features
import Kernels
import LinearAlgebra
import SystemFiles
import Tables

/// The sums of new candidates in an artifact: a table of the parts, a table of the candidates, the parts' vectors, and which
/// candidate has which part.
extension CandidatesByFeatures {
  private static let partsTable = "new_candidate_parts"
  private static let candidatesTable = "new_candidates"
  private static let vectorsSection = "new_candidate_vectors"
  private static let encodingName = "new_candidate_encoding"

  private var tables: [Table] {
    [
      Table(
        Self.partsTable, rows: parts.count,
        columns: [
          Column("feature", text: parts.map(\.feature)), Column("value", text: parts.map(\.value)),
          Column("mean", reals: parts.map(\.mean)), Column("standard deviation", reals: parts.map(\.deviation)),
        ]),
      Table(
        Self.candidatesTable, rows: candidates.count,
        columns: [
          Column("number", integers: candidates.map { Int64($0.number) }),
          Column("scale", reals: candidates.map(\.scale)),
          Column("first interactions", integers: candidates.map { Int64($0.interactions) }),
        ]),
    ]
  }

  /// Adds the tables to an artifact's schema, beside those that are there.
  package func describe(in schema: inout [String: JSON]) {
    schema["tables"] = .array((schema["tables"]?.array ?? []) + tables.map(\.schema))
  }

  package func write(to writer: ArtifactWriter) throws {
    for table in tables { try table.write(to: writer) }
    try writer.add(Self.vectorsSection, vectors.values, shape: [vectors.rows, vectors.columns], codec: .raw)
    try encoding.write(Self.encodingName, to: writer)
  }

  /// Reads the sums; `nil` if the artifact has none.
  ///
  /// - Parameters:
  ///   - candidateCount: of the vocabulary.
  ///   - dimension: of the vectors, without a bias.
  package init?(_ file: ArtifactFile, candidateCount: Int, dimension: Int) throws {
    guard file.section(Self.vectorsSection) != nil else { return nil }
    let (parts, candidates) = (try Self.parts(file), try Self.candidates(file, candidateCount: candidateCount))
    self.init(
      parts: parts,
      vectors: try Matrix(file, Self.vectorsSection, rows: parts.count, columns: dimension),
      candidates: candidates,
      encoding: try SparseMatrix(file, Self.encodingName, rows: candidates.count, columns: parts.count))
  }

  private static func parts(_ file: ArtifactFile) throws -> [Part] {
    let table = try Table(partsTable, from: file)
    return try naming(file.path) {
      guard let features = table.text("feature"), let values = table.text("value"), let means = table.reals("mean"),
        let deviations = table.reals("standard deviation")
      else { throw ArtifactError.malformed(part: "table \"\(table.name)\"", reason: .notA("list of parts")) }
      return (0..<table.rows).map { row in
        Part(
          feature: features.dictionary[Int(features.codes[row])], value: values.dictionary[Int(values.codes[row])],
          mean: means[row], deviation: deviations[row])
      }
    }
  }

  private static func candidates(_ file: ArtifactFile, candidateCount: Int) throws -> [Candidate] {
    let table = try Table(candidatesTable, from: file)
    return try naming(file.path) {
      guard let numbers = table.integers("number"), let scales = table.reals("scale"),
        let interactions = table.integers("first interactions")
      else { throw ArtifactError.malformed(part: "table \"\(table.name)\"", reason: .notA("list of candidates")) }
      guard zip(numbers, numbers.dropFirst()).allSatisfy(<), numbers.allSatisfy({ 0..<Int64(candidateCount) ~= $0 })
      else {
        throw ArtifactError.malformed(part: "table \"\(table.name)\"", reason: .outOfRange("number"))
      }
      return (0..<table.rows).map { row in
        Candidate(number: Int(numbers[row]), scale: scales[row], interactions: Int(interactions[row]))
      }
    }
  }
}
