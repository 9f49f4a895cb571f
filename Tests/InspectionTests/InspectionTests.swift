import Artifacts
import CanonicalJSON
import Foundation
import SystemFiles
import Tables
import Testing

@testable import Inspection

@Suite("Inspection")
final class InspectionTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("look-\(UUID().uuidString)").path
  private let store: Store
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  init() throws {
    store = Store(root: "\(folder)/artifacts")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try publish("one", "aaaa11", ["out": 1])
    try publish("many", "bbbb11", ["left": 2, "right": 3])
    try publish("many", "bbcc22", ["left": 4, "right": 5])
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private static func table(_ shift: Int64) -> Table {
    Table(
      "things", rows: 4,
      columns: [
        Column("name", text: ["b, \"c\"", "a", "a", "two\nlines"]), Column("age", integers: [1, nil, 5 + shift, 3]),
        Column("weight", reals: [0.5, 0.25, nil, 8]), Column("tags", textLists: [["x", "y"], [], ["y"], ["y", "y"]]),
      ])
  }

  /// Publishes a version whose outputs hold a table and a matrix.
  private func publish(_ stage: String, _ version: String, _ outputs: [String: Int]) throws {
    let staging = try store.makeStaging(stage: stage)
    for (name, number) in outputs { try write("\(staging)/\(name).tandem", number) }
    try store.publish(staging: staging, stage: stage, version: version)
  }

  private func write(_ path: String, _ number: Int, codec: Codec = .zstd, params: [String: JSON] = ["epochs": 3]) throws
  {
    let table = Self.table(Int64(number))
    let writer = try ArtifactWriter(
      path: path, type: ArtifactType("things", version: 1), schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.add("matrix", [3, 4, 0, Float(number)], shape: [2, 2], codec: codec)
    try writer.publish(
      lineage: Lineage(stage: "maker", stageVersion: 2, params: params, inputs: ["raw": Digest.of("x")]),
      summary: Summary([.curve(title: "loss", x: "epoch", y: "nats", points: [3, 2, 1.5])]))
  }

  private func open(_ target: String) throws -> ArtifactFile {
    try ArtifactFile(path: try #require(try InspectionTarget(target, store: store).files.first).path)
  }

  @Test("finds files, stages, outputs and versions; errors list the available ones")
  func targets() throws {
    func paths(_ target: String) throws -> [String] {
      try InspectionTarget(target, store: store).files.map { String($0.path.dropFirst(store.root.count + 1)) }
    }
    #expect(try paths("one") == ["one/aaaa11/out.tandem"])
    #expect(try paths("many") == ["many/bbcc22/left.tandem", "many/bbcc22/right.tandem"])
    #expect(try paths("many.right") == ["many/bbcc22/right.tandem"])
    #expect(try paths("many@bbbb.right") == ["many/bbbb11/right.tandem"])
    #expect(try paths("many@bbbb11").count == 2)
    #expect(try paths("\(store.root)/one/aaaa11/out.tandem") == ["one/aaaa11/out.tandem"])
    let cases = [
      ("mny", "no file and no stage \"mny\" in \(store.root); did you mean \"many\"?"),
      ("zzzz", "no file and no stage \"zzzz\" in \(store.root); there are many, one"),
      ("many@bb", "no version \"bb\" of many; there are bbbb11, bbcc22"),
      ("many.up", "many has no output \"up\"; there are left, right"),
    ]
    for (target, message) in cases {
      do {
        _ = try InspectionTarget(target, store: store)
        Issue.record("\(target) was found")
      } catch { #expect("\(error)" == message) }
    }
    #expect(throws: InspectionError.self) { try InspectionTarget("x", store: Store(root: "\(folder)/none")) }
  }

  @Test("prints an artifact's type, lineage and contents as text")
  func text() throws {
    let lines = try InspectionText(open("one"), rows: 2).lines()
    let text = lines.joined(separator: "\n")
    for part in [
      "things version 1, ", "made by maker (version 2) from raw \(Digest.of("x").short)", "params: epochs 3",
      "      1       3  ████████████████████████████████", "table things: 4 rows",
      "  age     integer           3        1       1  3.3333         6", "a (2), b, \"c\" (1), two lines (1)",
      "the first 2:",
      "matrix   f32   2 x 2  zstd, ", "1 to 5, median 5",
    ] { #expect(text.contains(part), "\(part)\n\(text)") }
    #expect(!lines.contains { $0.contains("\n") })
    #expect(try InspectionText(open("one"), rows: 0, isBrief: true).lines().count < 12)
  }

  @Test("prints the same as JSON, with metrics at the top level")
  func json() throws {
    let json = try InspectionJSON.of(open("one"), rows: 3)
    #expect(json["type"] == "things")
    #expect(json["lineage"]?["params"] == ["epochs": 3])
    let table = try #require(json["tables"]?.array?.first)
    #expect(table["rows"] == 4)
    #expect(table["first"]?.array?[1] == ["name": "a", "age": .null, "weight": .number(0.25), "tags": []])
    #expect(table["columns"]?.array?[1]["statistics"]?["missing"] == 1)
    #expect(json["sections"]?.array?.first?["statistics"]?["row_norms"]?["greatest"] == .number(5))
    #expect(json["metrics"] == nil)
    let two = try InspectionTarget("many", store: store).files.map {
      (output: $0.output, file: try ArtifactFile(path: $0.path))
    }
    #expect(try InspectionJSON.of(two, rows: 1)["outputs"]?.object?.keys.sorted() == ["left", "right"])
    let path = "\(folder)/metrics.tandem"
    let metrics = Table(
      "metrics", rows: 1,
      columns: [Column("metric", text: ["recall"]), Column("k", integers: [nil]), Column("value", reals: [0.1])])
    let writer = try ArtifactWriter(
      path: path, type: ArtifactType("metrics", version: 1), schema: ["tables": [metrics.schema]])
    try metrics.write(to: writer)
    try writer.publish(lineage: Lineage(stage: "evaluate", stageVersion: 1))
    let object = try InspectionJSON.of([(output: "metrics", file: ArtifactFile(path: path))], rows: 0)
    #expect(object["metrics"] == [["metric": "recall", "k": .null, "value": .number(0.1)]])
  }

  @Test("lists the differences of two artifacts, down to values")
  func differences() throws {
    let (left, right) = (try open("many@bbbb.left"), try open("many@bbcc.left"))
    let difference = try ArtifactDifference(left, right)
    #expect(!difference.isSameContent)
    #expect(
      difference.lines == [
        "table things: column age: 1 rows differ, first row 2: 7 | 9",
        "section matrix: 1 of 4 values differ, by 2 at the most",
      ])
    #expect(try ArtifactDifference(left, left).isSameContent)
    #expect(try ArtifactDifference(left, left).lines.isEmpty)
    try write("\(folder)/other.tandem", 2, params: ["epochs": 10])
    let params = try ArtifactDifference(left, ArtifactFile(path: "\(folder)/other.tandem"))
    #expect(params.isSameContent)
    #expect(params.lines == ["param epochs: 3 | 10"])
  }

  @Test("compares metrics by their keys, not by the order of rows, with intervals")
  func metrics() throws {
    func metrics(_ name: String, _ rows: [(metric: String, k: Int64, value: Double)]) throws -> ArtifactFile {
      let table = Table(
        "metrics", rows: rows.count,
        columns: [
          Column("model", text: rows.map { _ in "two-tower" }),
          Column("protocol", text: rows.map { _ in "seen-excluded" }),
          Column("slice", text: rows.map { _ in "all" }), Column("metric", text: rows.map(\.metric)),
          Column("k", integers: rows.map { $0.k }), Column("ties", text: rows.map { _ in "expected" }),
          Column("value", reals: rows.map(\.value)), Column("low", reals: rows.map { $0.value - 0.01 }),
          Column("high", reals: rows.map { $0.value + 0.01 }),
        ])
      let path = "\(folder)/\(name).tandem"
      let writer = try ArtifactWriter(
        path: path, type: ArtifactType("metrics", version: 2), schema: ["tables": [table.schema]])
      try table.write(to: writer)
      try writer.publish(lineage: Lineage(stage: "evaluate", stageVersion: 1))
      return try ArtifactFile(path: path)
    }
    let first = try metrics("first", [("recall", 10, 0.25), ("recall", 20, 0.5), ("ndcg", 10, 0.3)])
    let second = try metrics("second", [("ndcg", 10, 0.3), ("recall", 20, 0.45), ("recall", 50, 0.6)])
    #expect(
      try ArtifactDifference(first, second).lines == [
        "two-tower recall@10 seen-excluded: only in the first",
        "two-tower recall@20 seen-excluded: 0.5000 (0.4900 to 0.5100) | 0.4500 (0.4400 to 0.4600), -0.0500",
        "two-tower recall@50 seen-excluded: only in the second",
      ])
  }

  private func exported(_ body: ((([UInt8]) throws -> Void)) throws -> Void) rethrows -> [UInt8] {
    var bytes: [UInt8] = []
    try body { bytes += $0 }
    return bytes
  }

  @Test("exports tables as CSV (RFC 4180) and sections as NumPy files")
  func export() throws {
    let file = try open("one")
    let csv = try exported { try Export.csv(file, table: nil, write: $0) }
    #expect(
      String(decoding: csv, as: UTF8.self)
        == "name,age,weight,tags\r\n\"b, \"\"c\"\"\",1,0.5,x|y\r\na,,0.25,\r\na,6,,y\r\n\"two\nlines\",3,8,y|y\r\n")
    #expect(throws: InspectionError.noTable("x", there: ["things"])) { try Export.csv(file, table: "x") { _ in } }
    let npy = try exported { try Export.npy(file, section: nil, write: $0) }
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
    #expect(npy.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    #expect(String(decoding: npy[10..<npy.count - 16], as: UTF8.self).hasPrefix(header))
    #expect((npy.count - 16) % 64 == 0 && npy[npy.count - 17] == 10)
    let values: [Float] = [3, 4, 0, 1]
    #expect(Array(npy.suffix(16)) == values.withUnsafeBytes { Array($0) })
    #expect(throws: InspectionError.self) { try Export.npy(file, section: "x") { _ in } }
  }

  private func recommendations(
    starts: [UInt64] = [0, 2, 2, 3], candidates: [UInt32] = [1, 0, 1], present: [UInt8]? = nil, hasRatings: Bool = true
  ) throws -> ArtifactFile {
    let path = "\(folder)/\(UUID().uuidString)"
    let tables = [
      Table("queries", rows: 3, columns: [Column("user", text: ["ann", "ben", "zoe"])]),
      Table("candidates", rows: 2, columns: [Column("title", text: ["Alien", "Brazil, \"1985\""])]),
    ]
    let writer = try ArtifactWriter(
      path: path, type: ArtifactType("recommendations", version: 1), schema: ["tables": .array(tables.map(\.schema))])
    for table in tables { try table.write(to: writer) }
    try writer.add("lists/starts", starts, codec: .raw)
    try writer.add("lists/candidates", candidates, codec: .raw)
    try writer.add("lists/scores", [1.5, 0.25, -2] as [Float], codec: .raw)
    if hasRatings { try writer.add("lists/ratings", [4.5, 3, 0] as [Float], codec: .raw) }
    if let present { try writer.add("lists/ratings/present", present) }
    try writer.publish(lineage: Lineage(stage: "maker", stageVersion: 1))
    return try ArtifactFile(path: path)
  }

  @Test("exports lists of recommendations as one CSV, with predicted ratings where there are any")
  func lists() throws {
    func text(_ file: ArtifactFile, _ table: String? = nil) throws -> String {
      String(decoding: try exported { try Export.csv(file, table: table, write: $0) }, as: UTF8.self)
    }
    let brazil = "\"Brazil, \"\"1985\"\"\""
    let plain = try recommendations(hasRatings: false)
    #expect(
      try text(plain)
        == "user,rank,title,score\r\nann,1,\(brazil),1.5\r\nann,2,Alien,0.25\r\nzoe,1,\(brazil),-2.0\r\n")
    #expect(try text(plain, "lists") == text(plain))
    #expect(try text(plain, "candidates") == "title\r\nAlien\r\n\(brazil)\r\n")
    #expect(throws: InspectionError.noTable("x", there: ["queries", "candidates", "lists"])) { try text(plain, "x") }
    #expect(
      try text(recommendations(present: [1, 1, 0]))
        == "user,rank,title,score,rating\r\nann,1,\(brazil),1.5,4.5\r\nann,2,Alien,0.25,3.0\r\nzoe,1,\(brazil),-2.0,\r\n"
    )
    #expect(try text(recommendations()).hasSuffix("zoe,1,\(brazil),-2.0,0.0\r\n"))
    for wrong in [
      try recommendations(starts: [0, 3, 2, 3]), try recommendations(starts: [0, 1, 2, 4]),
      try recommendations(starts: [0, 3]), try recommendations(candidates: [1, 2, 0]),
      try recommendations(candidates: [0, 1]), try recommendations(present: [1]),
    ] { #expect(throws: FileError.self) { try text(wrong) } }
  }

  @Test("agrees with a reader written only from the format's documentation")
  func independentReader() throws {
    let script = "\(Self.package)/Scripts/reference/read_artifact.py"
    for codec in [Codec.raw, .zstd] {
      let path = "\(folder)/\(codec).tandem"
      try write(path, 7, codec: codec)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["python3", script, path]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      let theirs = try JSON.parse(data)
      let ours = try InspectionJSON.of(ArtifactFile(path: path), rows: 4)
      #expect(theirs["digest"] == ours["digest"])
      #expect(theirs["tables"]?["things"] == ours["tables"]?.array?.first?["first"])
    }
  }
}
