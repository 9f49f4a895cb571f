import Artifacts
import SystemFiles
import Tables

/// Exports lists of recommendations as one table: query, rank, candidate, score and, if there are any, predicted ratings.
enum RecommendationsExport {
  static let type = "recommendations"
  static let table = "lists"

  static func csv(_ file: ArtifactFile, write: ([UInt8]) throws -> Void) throws {
    let (queries, candidates) = (try names("queries", in: file), try names("candidates", in: file))
    let starts: [UInt64] = try file.read("lists/starts", shape: [queries.values.count + 1])
    let chosen: [UInt32] = try file.read("lists/candidates", shape: [-1])
    let scores: [Float] = try file.read("lists/scores", shape: [chosen.count])
    let ratings: [Float]? = try optional("lists/ratings", shape: [chosen.count], in: file)
    let isRated: [UInt8]? = try optional("lists/ratings/present", shape: [queries.values.count], in: file)
    try check(starts, chosen, candidates: candidates.values.count, in: file)
    var text: [UInt8] = []
    CSVRow.append(
      [queries.column, "rank", candidates.column, "score"] + (ratings == nil ? [] : ["rating"]), to: &text)
    for query in 0..<queries.values.count {
      let name = queries.values[query]
      for place in Int(starts[query])..<Int(starts[query + 1]) {
        let rating = ratings.map { (isRated?[query] ?? 1) == 0 ? [""] : ["\($0[place])"] } ?? []
        CSVRow.append(
          [name, "\(place - Int(starts[query]) + 1)", candidates.values[Int(chosen[place])], "\(scores[place])"]
            + rating,
          to: &text)
      }
      if text.count > 1 << 20 {
        try write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    try write(text)
  }

  /// The distinct names of a table of one text column, and the column's name.
  private static func names(_ table: String, in file: ArtifactFile) throws -> (column: String, values: Strings) {
    let table = try Table(table, from: file)
    return try naming(file.path) {
      guard let column = table.columns.first, case .text(let text) = column.values, text.dictionary.count == table.rows
      else { throw ArtifactError.malformed(part: "table \"\(table.name)\"", reason: .notA("list of names")) }
      return (column.name, text.dictionary)
    }
  }

  private static func optional<Element: SectionElement>(
    _ section: String, shape: [Int], in file: ArtifactFile
  ) throws -> [Element]? {
    try file.section(section) == nil ? nil : file.read(section, shape: shape)
  }

  private static func check(_ starts: [UInt64], _ chosen: [UInt32], candidates: Int, in file: ArtifactFile) throws {
    try naming(file.path) {
      guard starts.first == 0, starts.last == UInt64(chosen.count), zip(starts, starts.dropFirst()).allSatisfy(<=)
      else {
        throw ArtifactError.malformed(part: "section \"lists/starts\"", reason: .startsDoNotRise)
      }
      guard chosen.allSatisfy({ $0 < candidates }) else {
        throw ArtifactError.malformed(part: "section \"lists/candidates\"", reason: .codeBeyondDictionary)
      }
    }
  }
}
