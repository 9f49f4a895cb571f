import CanonicalJSON
import SystemFiles

/// The results so far of a running search, in a file that a search which was killed goes on from.
struct TrialJournal {
  private let path: String?
  private let lineage: JSON
  private var results: [String: JSON] = [:]

  /// - Parameters:
  ///   - folder: nil keeps results in memory alone.
  ///   - lineage: of the search; results of another are passed over.
  init(folder: String?, lineage: JSON) {
    path = folder.map { "\($0)/trials.json" }
    self.lineage = lineage
    guard let path, let bytes = try? Files.read(path, limit: 64 << 20), let json = try? JSON.parse(bytes),
      json["lineage"] == lineage
    else { return }
    results = json["results"]?.object ?? [:]
  }

  /// Number of results.
  var count: Int { results.count }

  private static func key(_ trial: Int, _ round: Int, _ fold: Int) -> String { "\(round)/\(trial)/\(fold)" }

  func result(ofTrial trial: Int, round: Int, fold: Int) -> TrialResult? {
    results[Self.key(trial, round, fold)].flatMap { TrialResult($0) }
  }

  mutating func add(_ result: TrialResult, ofTrial trial: Int, round: Int, fold: Int) throws {
    try add(result.json, Self.key(trial, round, fold))
  }

  /// The combinations that were judged by a held-out part.
  func combinations(fold: Int) -> [Combination]? {
    results["ensemble/\(fold)"]?.array?.compactMap { Combination($0) }
  }

  mutating func add(_ combinations: [Combination], fold: Int) throws {
    try add(.array(combinations.map(\.json)), "ensemble/\(fold)")
  }

  private mutating func add(_ json: JSON, _ key: String) throws {
    results[key] = json
    guard let path else { return }
    try Files.makeFolders(Files.folder(of: path))
    let contents: JSON = ["lineage": lineage, "results": .object(results)]
    try Files.publish(Array(contents.text.utf8), to: path, replacing: true, mode: 0o644, isDurable: false)
  }

  func remove() {
    if let path { Files.remove(path) }
  }
}
