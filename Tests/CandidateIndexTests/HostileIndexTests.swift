import Artifacts
import CanonicalJSON
import Kernels
import RandomNumbers
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Hostile files of an index")
struct HostileIndexTests {
  /// The forms that an index has in a file.
  enum Form: String, CaseIterable {
    case exact, prefiltered, absent, approximate, grouped

    func index() -> any NearestNeighbourIndex {
      var settings = ApproximateIndex.Settings(leaves: self == .grouped ? 520 : 5)
      (settings.iterations, settings.threads) = (2, 1)
      switch self {
      case .exact: return ExactIndex(Vectors.clustered(40, 3, seed: 1))
      case .prefiltered: return ExactIndex(Vectors.clustered(50, 5, seed: 1), prefiltered: true)
      case .absent: return ExactIndex(Vectors.clustered(50, 2, seed: 1), removed: [3, 20, 49])
      case .approximate:
        let matrix = Vectors.clustered(150, 3, seed: 1)
        matrix.pointer(row: 20)[1] = .nan
        return ApproximateIndex(
          matrix, rows: 0..<150, settings: settings, parameters: SearchParameters(reach: 1, reordered: 12, k: 10))
      case .grouped:
        let matrix = Vectors.clustered(600, 2, seed: 1)
        let index = ApproximateIndex(
          matrix, rows: 0..<600, settings: settings, parameters: SearchParameters(reach: 1, reordered: 12, k: 10))
        precondition(index.geometry.tree.groupCount > 1, "one group")
        return index
      }
    }

    func bytes(_ scratch: Scratch) throws -> [UInt8] {
      try index().publish(to: scratch.file("sound"), lineage: .none)
      return try Files.read(scratch.file("sound"))
    }
  }

  /// Opens and searches in every way; gives whether the file was taken.
  @discardableResult
  private func search(_ path: String, updating: Bool = false) throws -> Bool {
    let index: any NearestNeighbourIndex
    do { index = try IndexFile.open(ArtifactFile(path: path, type: IndexFile.type)) } catch {
      #expect(error is FileError)
      return false
    }
    let count = index.count
    let filters = [
      nil, CandidateFilter(including: [0, 5, 7, count - 1], of: count),
      CandidateFilter(excluding: stride(from: 0, to: count, by: 3), of: count),
    ]
    let query = (0..<index.dimension).map { Float($0 % 7) - 2.5 }
    for filter in filters {
      for k in [3, count + 10] {
        let list = index.search(query, k: k, filter: filter)
        #expect(list.count <= k)
        #expect(list.allSatisfy { 0..<count ~= $0.candidate && !$0.score.isNaN })
        #expect(filter.map { filter in list.allSatisfy { filter.allows($0.candidate) } } ?? true)
      }
    }
    let queries = Matrix(rows: 2, columns: index.dimension, values: query + query.map { -$0 })
    #expect(index.search(queries, k: 5, filter: nil, threads: 1).count == 2)
    #expect(index.matrix().rows == count)
    if updating, count > 1 {
      let change = CandidateChange(
        numbers: [count], vectors: Matrix(rows: 1, columns: index.dimension, values: query), removed: [1],
        count: count + 1)
      #expect(index.updated(change, threads: 2).index.count == count + 1)
    }
    return true
  }

  @Test("a truncated file is refused", arguments: Form.allCases)
  func cuts(form: Form) throws {
    let scratch = try Scratch()
    let sound = try form.bytes(scratch)
    #expect(try search(scratch.file("sound"), updating: true))
    for length in stride(from: 0, to: sound.count, by: sound.count > 20_000 ? 37 : 1) {
      let path = try scratch.write(Array(sound[..<length]), to: "cut")
      #expect(throws: FileError.self) { try ArtifactFile(path: path, type: IndexFile.type) }
    }
  }

  @Test("a file with a flipped bit in its preamble or header is refused", arguments: Form.allCases)
  func flips(form: Form) throws {
    let scratch = try Scratch()
    let sound = try form.bytes(scratch)
    let header = Int(
      sound[48..<56].enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) })
    let path = try scratch.write(sound, to: "flipped")
    let file = try FileDescriptor.open(path, 1)
    for place in Array(0..<128) + Array(header..<sound.count) {
      // Every bit of one form of each kind; of the others, whose headers are no different, one of each byte.
      let one = UInt8(place % 8)
      for bit in form == .exact || form == .approximate ? 0...7 : one...one {
        try [sound[place] ^ 1 << bit].withUnsafeBytes { try file.write($0, at: UInt64(place)) }
        #expect(throws: FileError.self, "byte \(place), bit \(bit)") {
          try IndexFile.open(ArtifactFile(path: path, type: IndexFile.type))
        }
      }
      try [sound[place]].withUnsafeBytes { try file.write($0, at: UInt64(place)) }
    }
    #expect(try search(path))
  }

  @Test(
    "a file with random contents and valid checksums is refused, or returns only existing candidates",
    arguments: Form.allCases)
  func mutations(form: Form) throws {
    let scratch = try Scratch()
    let sound = try ForgedIndex(form.bytes(scratch))
    var random = RandomGenerator(seed: 5, stream: form.rawValue)
    var taken = 0
    for _ in 0..<800 {
      var forged = sound
      forged.mutate(&random)
      let path = try scratch.write(forged.bytes(), to: "forged")
      if try search(path, updating: true) { taken += 1 }
    }
    #expect(taken > 80, "\(taken) of 800 were taken, so that searches had to cope")
  }

  @Test("a file with a random schema is refused, or returns only existing candidates", arguments: Form.allCases)
  func schemas(form: Form) throws {
    let scratch = try Scratch()
    let sound = try ForgedIndex(form.bytes(scratch))
    let values: [JSON] = [
      0, 1, -1, 2, 16, 17, 1_000_000_000, JSON(Int(Int32.max)), JSON(Int.max), JSON(1.5), JSON(1e300), JSON(-1e300),
      "exact", .null, [],
      [:],
    ]
    for field in (sound.header.schema.object ?? [:]).keys.sorted() {
      for value in values {
        var schema = sound.header.schema.object ?? [:]
        schema[field] = value
        var forged = sound
        forged.header.schema = .object(schema)
        try search(scratch.write(forged.bytes(), to: "forged"), updating: true)
      }
    }
  }
}
