import SystemFiles
import Tables

extension Expectations {
  /// Reads a file.
  ///
  /// - Throws: `FileError` with a `DataCheckError` that names the line.
  package init(path: String) throws {
    let text = try Files.read(path, limit: YAMLTree.mostBytes)
    self = try naming(path) { try Expectations(text) }
  }

  init(_ text: [UInt8]) throws(DataCheckError) {
    self.init()
    guard let tree = try YAMLTree.read(text) else { return }
    let known = [
      "rows", "times", "last-day", "rejects", "repeated-rows", "queries", "candidates", "drift", "columns",
    ]
    for (name, value) in try ExpectedFields(tree, of: "the expectations", known: known).all {
      switch name {
      case "rows": try readRows(value)
      case "times": try readTimes(value)
      case "last-day": try readLastDay(value)
      case "rejects": try readRejects(value)
      case "repeated-rows": try readRepeatedRows(value)
      case "queries": queries = try Self.identifiers(value, "queries")
      case "candidates": candidates = try Self.identifiers(value, "candidates")
      case "drift": try readDrift(value)
      default: try readColumns(value)
      }
    }
  }

  private mutating func readRows(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(
      tree, of: "rows", known: ["least", "most", "least-share-of-earlier", "severity"])
    (rows.least, rows.most) = (try fields.count("least"), try fields.count("most"))
    try Self.refuseCrossed(rows.least.map(Double.init), rows.most.map(Double.init), "least", "most", tree)
    rows.leastShareOfEarlier = try fields.share("least-share-of-earlier") ?? rows.leastShareOfEarlier
    rows.severity = try fields.choice("severity")
  }

  private mutating func readTimes(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(tree, of: "times", known: ["earliest", "latest", "severity"])
    (times.earliest, times.latest) = (try fields.day("earliest"), try fields.day("latest"))
    try Self.refuseCrossed(times.earliest.map(Double.init), times.latest.map(Double.init), "earliest", "latest", tree)
    times.severity = try fields.choice("severity")
  }

  private mutating func readLastDay(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(tree, of: "last-day", known: ["least-share", "severity"])
    (lastDay.leastShare, lastDay.severity) = (try fields.share("least-share"), try fields.choice("severity"))
  }

  private mutating func readRejects(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(tree, of: "rejects", known: ["most-share", "severity"])
    (rejects.mostShare, rejects.severity) = (try fields.share("most-share"), try fields.choice("severity"))
  }

  private mutating func readRepeatedRows(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(tree, of: "repeated-rows", known: ["most-share", "severity"])
    repeatedRows.mostShare = try fields.share("most-share") ?? repeatedRows.mostShare
    repeatedRows.severity = try fields.choice("severity")
  }

  private static func identifiers(_ tree: YAMLTree, _ group: String) throws(DataCheckError) -> Identifiers {
    let fields = try ExpectedFields(
      tree, of: group, known: ["least", "most-share-of-one", "most-new-share", "severity"])
    return Identifiers(
      least: try fields.count("least"), mostShareOfOne: try fields.share("most-share-of-one"),
      mostNewShare: try fields.share("most-new-share"), severity: try fields.choice("severity"))
  }

  private mutating func readDrift(_ tree: YAMLTree) throws(DataCheckError) {
    let fields = try ExpectedFields(tree, of: "drift", known: ["most", "severity"])
    drift.most = try fields.share("most") ?? drift.most
    drift.severity = try fields.choice("severity")
  }

  private mutating func readColumns(_ tree: YAMLTree) throws(DataCheckError) {
    let known = [
      "kind", "most-missing", "least", "greatest", "values", "most-share-of-one", "severity",
    ]
    for (table, value) in try ExpectedFields(tree, of: "columns", known: Self.tables).all {
      var columns: [String: Column] = [:]
      for (name, value) in try ExpectedFields(value, of: "columns of \(table)", known: nil).all {
        let fields = try ExpectedFields(value, of: "\(table).\(name)", known: known)
        let column = Column(
          kind: try fields.choice("kind"), mostMissing: try fields.share("most-missing"),
          least: try fields.number("least"), greatest: try fields.number("greatest"),
          values: try fields.list("values"), mostShareOfOne: try fields.share("most-share-of-one"),
          severity: try fields.choice("severity"))
        try Self.refuseCrossed(column.least, column.greatest, "least", "greatest", value)
        columns[name] = column
      }
      self.columns[table] = columns
    }
  }

  private static func refuseCrossed(
    _ low: Double?, _ high: Double?, _ lowName: String, _ highName: String, _ tree: YAMLTree
  ) throws(DataCheckError) {
    if let low, let high, low > high { throw .badExpectations(line: tree.line, .crossed(lowName, highName)) }
  }
}
