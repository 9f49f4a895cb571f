import Artifacts
import CanonicalJSON
import Evaluation
import Foundation
import Synchronization
import SystemFiles
import TestKit
import Testing

@testable import Tuning

@Suite("A search that several processes share", .serialized)
struct SharedSearchTests {
  private let tastes = TasteSearch()
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private var folder: String { "\(scratch.path)/trials" }

  private func lock(_ unit: SearchUnit) throws -> FileLock {
    try #require(try Store.claim("\(folder)/\(unit.name).lock").lock)
  }

  /// The outcomes of searches that begin at the same time, one a block, and the lines that each of them said.
  private func share(_ blocks: Int) -> (outcomes: [Result<SearchOutcome, any Error>], lines: [[String]]) {
    let found = Mutex<[Int: Result<SearchOutcome, any Error>]>([:])
    let said = Mutex([[String]](repeating: [], count: blocks))
    let group = DispatchGroup()
    for block in 0..<blocks {
      let thread = Thread { [tastes, scratch] in
        let result = Result {
          try tastes.run(threads: 1, folder: scratch.path, from: Double(block) / Double(blocks)) { line in
            said.withLock { $0[block].append(line) }
          }
        }
        found.withLock { $0[block] = result }
        group.leave()
      }
      group.enter()
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return (found.withLock { found in (0..<blocks).compactMap { found[$0] } }, said.withLock { $0 })
  }

  @Test("finds in every process what one finds alone, and nothing again in one that begins when all is done")
  func same() throws {
    let blocks = 3
    let whole = try TasteSearch.whole.get()
    let (outcomes, lines) = share(blocks)
    #expect(outcomes.count == blocks)
    for outcome in outcomes {
      let outcome = try outcome.get()
      #expect(outcome.trialsJSON == whole.trialsJSON && outcome.params == whole.params)
      #expect(outcome.ensemble?.json == whole.ensemble?.json && outcome.summary.lines == whole.summary.lines)
    }
    // Each trial of each round is told of by the one that finished it; by two if they did its parts at the same moment.
    let trials = whole.rungs.reduce(0) { $0 + $1.trials }
    let told = lines.joined().count { $0.hasPrefix("trial ") }
    #expect(trials...trials + whole.rungs[1].trials ~= told, "\(lines)")
    // One of them says what all find.
    #expect(lines.joined().count { $0.hasPrefix("round ") } == whole.rungs.count, "\(lines)")
    let files = try Files.list(folder)
    #expect(files.allSatisfy { $0.hasSuffix(".json") }, "\(files)")
    try expectLateOneDoesNothing(whole)
  }

  /// Runs a search that begins when all is done.
  private func expectLateOneDoesNothing(_ whole: SearchOutcome) throws {
    let before = try Files.list(folder).map { Files.modificationTime("\(folder)/\($0)") }
    nonisolated(unsafe) var lines: [String] = []
    let late = try tastes.run(folder: scratch.path) { lines.append($0) }
    #expect(late.trialsJSON == whole.trialsJSON && late.ensemble?.json == whole.ensemble?.json)
    #expect(lines.first == "goes on after \(before.count) results that are there already")
    #expect(!lines.contains { $0.hasPrefix("trial ") || $0.hasPrefix("waits") }, "\(lines)")
    #expect(try Files.list(folder).map { Files.modificationTime("\(folder)/\($0)") } == before)
  }

  @Test("waits for what another process does, and does it itself when that has died")
  func takesOver() throws {
    let unit = SearchUnit.trial(1, round: 0, part: 0)
    let held = Mutex<FileLock?>(try lock(unit))
    let isHeld = Mutex(true)
    let dying = Thread {
      while !FileManager.default.fileExists(atPath: "\(scratch.path)/waits") { usleep(10_000) }
      isHeld.withLock { $0 = false }
      held.withLock { $0 = nil }
    }
    dying.start()
    nonisolated(unsafe) var lines: [String] = []
    let outcome = try tastes.run(triesEnsembles: false, folder: scratch.path) { [scratch] line in
      lines.append(line)
      guard line.hasPrefix("waits for ") else { return }
      #expect(isHeld.withLock { $0 })
      _ = FileManager.default.createFile(atPath: "\(scratch.path)/waits", contents: nil)
    }
    let waits = lines.filter { $0.hasPrefix("waits for a result of other blocks; ") }
    #expect(waits.count == 1 && waits.allSatisfy { $0.contains(" % done") }, "\(lines)")
    #expect(try outcome.trialsJSON == TasteSearch.whole.get().trialsJSON)
  }

  @Test("takes the result that another process finished meanwhile")
  func finishedMeanwhile() throws {
    let unit = SearchUnit.trial(0, round: 0, part: 0)
    let whole = try TasteSearch.whole.get()
    var marked = try tastes.result(of: 0, rung: whole.rungs[0])
    // It is not among those that go on, so that this is its last result.
    for place in marked.checkpoints.indices { marked.checkpoints[place].estimate.value = 0.0123 }
    let held = Mutex<FileLock?>(try lock(unit))
    let other = Thread { [marked, tastes, scratch] in
      usleep(200_000)
      try? tastes.journal(in: scratch.path).add(marked, of: unit)
      held.withLock { $0 = nil }
    }
    other.start()
    let outcome = try tastes.run(triesEnsembles: false, folder: scratch.path)
    #expect(outcome.trialsJSON.text.contains("0.0123"))
  }

  @Test("makes again what is of another search, half written or no result")
  func unusable() throws {
    let whole = try TasteSearch.whole.get()
    let result = try tastes.result(of: 0, rung: whole.rungs[0])
    try tastes.journal(in: scratch.path, lineage: ["stage": "another"]).add(result, of: .trial(0, round: 0, part: 0))
    try tastes.journal(in: scratch.path).add(result, of: .trial(1, round: 0, part: 0))
    let path = "\(folder)/\(SearchUnit.trial(1, round: 0, part: 0).name).json"
    let bytes = try Files.read(path)
    try Files.publish(Array(bytes.dropLast(9)), to: path, replacing: true)
    try tastes.journal(in: scratch.path).add([Combination](), of: .trial(2, round: 0, part: 0))
    try Files.publish([], to: "\(folder)/\(SearchUnit.trial(3, round: 0, part: 0).name).json", replacing: true)
    #expect(tastes.journal(in: scratch.path, lineage: ["stage": "another"]).count == 1)
    let outcome = try tastes.run(triesEnsembles: false, folder: scratch.path)
    #expect(outcome.trialsJSON == whole.trialsJSON)
  }

  @Test("ends with the path and the reason where a result cannot be written, and leaves nothing that looks like one")
  func unwritable() throws {
    try Files.makeFolders(folder)
    // A folder in the place of the result cannot be replaced by a file.
    let path = "\(folder)/\(SearchUnit.trial(0, round: 0, part: 0).name).json"
    try Files.makeFolders("\(path)/taken")
    let error = #expect(throws: FileError.self) { try tastes.run(folder: scratch.path) }
    #expect(error?.description.hasPrefix("\(path): rename: ") == true, "\(String(describing: error))")
    Files.remove(path)
    #expect(try Files.list(folder) == [])
  }
}

extension Files {
  /// Nanoseconds since 1970 at which a file was written last.
  fileprivate static func modificationTime(_ path: String) -> Double? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970
  }
}
