import Artifacts
package import CanonicalJSON
import SystemFiles

/// The result of a unit of work, as the journal keeps it.
protocol JournalEntry {
  /// Reads a result; `nil` if `json` is not one.
  init?(_ json: JSON)
  var json: JSON { get }
}

extension TrialResult: JournalEntry {}
extension Combination: JournalEntry {}

extension Array: JournalEntry where Element == Combination {
  init?(_ json: JSON) {
    guard let entries = json.array else { return nil }
    self = entries.compactMap { Combination($0) }
    guard count == entries.count else { return nil }
  }

  var json: JSON { .array(map(\.json)) }
}

/// The results of a search so far, each in a file of its own, so that several processes can work on one search, and one
/// that was killed is gone on with.
package struct TrialJournal {
  private let folder: String?
  private let lineage: JSON

  /// - Parameters:
  ///   - work: the folder that keeps the journal; `nil` keeps nothing.
  ///   - lineage: of the search; results of another are passed over.
  package init(in work: String?, lineage: JSON) {
    folder = work.map { "\($0)/trials" }
    self.lineage = lineage
  }

  private static let ending = ".json"

  /// Number of results.
  var count: Int {
    guard let folder, let names = try? Files.list(folder) else { return 0 }
    return names.count { !$0.hasPrefix(".") && $0.hasSuffix(Self.ending) && result(in: "\(folder)/\($0)") != nil }
  }

  /// The result of a unit; `nil` if there is none, or it is not whole.
  func entry<Entry: JournalEntry>(of unit: SearchUnit) -> Entry? {
    guard let folder else { return nil }
    return result(in: "\(folder)/\(unit.name)\(Self.ending)").flatMap { Entry($0) }
  }

  private func result(in path: String) -> JSON? {
    guard let bytes = try? Files.read(path, limit: 64 << 20), let json = try? JSON.parse(bytes),
      json["lineage"] == lineage
    else { return nil }
    return json["result"]
  }

  func add(_ entry: some JournalEntry, of unit: SearchUnit) throws {
    guard let folder else { return }
    try Files.makeFolders(folder)
    let contents: JSON = ["lineage": lineage, "result": entry.json]
    // A result that is lost with the machine's power, or not whole then, is found again.
    try Files.publish(
      Array(contents.text.utf8), to: "\(folder)/\(unit.name)\(Self.ending)", replacing: true, mode: 0o644,
      isDurable: false)
  }

  /// The right to do a unit, which the kernel takes from a process that dies.
  struct Claim {
    fileprivate let path: String
    fileprivate let lock: FileLock?

    func release() { if let lock { Store.release(lock, path) } }
  }

  /// - Returns: `nil` if another process does the unit. On a file system without locks nobody ever does.
  func claim(_ unit: SearchUnit) throws -> Claim? {
    guard let folder else { return Claim(path: "", lock: nil) }
    let path = "\(folder)/\(unit.name).lock"
    return try Store.claim(path).lock.map { Claim(path: path, lock: $0) }
  }

  package func remove() {
    if let folder { Files.remove(folder) }
  }
}
