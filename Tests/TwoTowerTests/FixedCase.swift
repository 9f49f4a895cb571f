import Artifacts
import CanonicalJSON
import Interactions
import Kernels
import SystemFiles
import Tables
import TwoTower

/// What TensorFlow Recommenders computed in one small case: tables, batches, and what became of them.
///
/// Scripts/reference/retrieval_fixed_case.py writes the file; it says how the numbers came about.
struct FixedCase: Sendable {
  struct Table: Sendable {
    var rows: Int
    var columns: Int
    var values: [Float]

    func row(_ row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }
  }

  struct Pairs: Sendable {
    var queries: [Int32]
    var candidates: [Int32]
  }

  struct TopK: Sendable {
    var queries: Table
    var candidates: Table
    var ks: [Int]
    var values: [Double]
  }

  var name: String
  var learningRate: Float
  var epochs: Int
  var queries: Table
  var candidates: Table
  var pairs: [Pairs]
  var firstLoss: Double
  var queryGradient: Table
  var candidateGradient: Table
  var stepLosses: [Double]
  var queriesAfter: Table
  var candidatesAfter: Table
  var topK: TopK

  /// A fresh model with the initial tables.
  var model: Model { Self.model(queries, candidates) }

  var batches: [Batch] { pairs.map { Batch(queries: $0.queries, candidates: $0.candidates) } }

  static func model(_ queries: Table, _ candidates: Table) -> Model {
    func vocabulary(_ column: String, _ table: Table) -> Vocabulary {
      Vocabulary(
        column: column, values: Strings((1..<table.rows).map { "\(column) \($0)" }),
        counts: [Int64](repeating: 0, count: table.rows - 1))
    }
    return Model(
      vocabularies: Vocabularies(query: vocabulary("query", queries), candidate: vocabulary("candidate", candidates)),
      queries: Matrix(rows: queries.rows, columns: queries.columns, values: queries.values),
      candidates: Matrix(rows: candidates.rows, columns: candidates.columns, values: candidates.values))
  }
}

extension FixedCase {
  enum Failure: Error, CustomStringConvertible {
    case missing(String, in: String)

    var description: String {
      switch self {
      case .missing(let key, let place): "retrieval-fixed-case.json: no \(key) in \(place), or not of its kind"
      }
    }
  }

  /// The cases of the file by name; a file that cannot be read fails every test that asks for one.
  private static let cases = Result {
    let folder = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    let json = try JSON.parse(Files.read("\(folder)/Fixtures/retrieval-fixed-case.json"))
    return try Reader(json: json, place: "the file").list("cases").map(FixedCase.init)
  }

  static let names = ["small", "large", "many rows"]

  static func named(_ name: String) throws -> FixedCase {
    guard let found = try cases.get().first(where: { $0.name == name }) else {
      throw Failure.missing("case \"\(name)\"", in: "the file")
    }
    return found
  }

  private init(_ reader: Reader) throws {
    name = try reader.get("name", \.string)
    learningRate = try Float(reader.get("learning_rate", \.number))
    epochs = try reader.get("epochs", \.integer)
    queries = try reader.table("queries")
    candidates = try reader.table("candidates")
    pairs = try reader.list("batches").map {
      Pairs(
        queries: try $0.numbers("queries").map { Int32($0) }, candidates: try $0.numbers("candidates").map { Int32($0) }
      )
    }
    let first = try reader.object("first_step")
    firstLoss = try first.get("loss", \.number)
    queryGradient = try first.table("query_gradient")
    candidateGradient = try first.table("candidate_gradient")
    stepLosses = try reader.numbers("step_losses")
    queriesAfter = try reader.table("queries_after")
    candidatesAfter = try reader.table("candidates_after")
    let top = try reader.object("factorized_top_k")
    topK = TopK(
      queries: try top.table("queries"), candidates: try top.table("candidates"),
      ks: try top.numbers("ks").map { Int($0) }, values: try top.numbers("values"))
  }

  private struct Reader {
    var json: JSON
    var place: String

    func get<Value>(_ key: String, _ kind: (JSON) -> Value?) throws -> Value {
      guard let value = json[key].flatMap(kind) else { throw Failure.missing(key, in: place) }
      return value
    }

    func object(_ key: String) throws -> Reader { Reader(json: try get(key) { $0 }, place: key) }

    func list(_ key: String) throws -> [Reader] { try get(key, \.array).map { Reader(json: $0, place: key) } }

    func numbers(_ key: String) throws -> [Double] { try get(key, \.array).compactMap(\.number) }

    func table(_ key: String) throws -> Table {
      let rows = try get(key, \.array).map { row in (row.array ?? []).compactMap(\.number).map { Float($0) } }
      guard let columns = rows.first?.count, columns > 0, rows.allSatisfy({ $0.count == columns }) else {
        throw Failure.missing(key, in: place)
      }
      return Table(rows: rows.count, columns: columns, values: rows.flatMap { $0 })
    }
  }
}
