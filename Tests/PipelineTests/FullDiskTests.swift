import Foundation
import Testing

/// A file system in memory, which a command mounts for itself and nobody else sees.
enum SmallDisk {
  /// The words by which unshare lets a command mount: as root, or in a user namespace; empty if it cannot.
  static let mounting: [String] = {
    [["--mount"], ["--user", "--map-root-user", "--mount"]].first { words in
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/unshare")
      process.arguments = words + ["sh", "-c", "mount -t tmpfs tmpfs /mnt"]
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    } ?? []
  }()

  static var canMount: Bool { !mounting.isEmpty }
}

/// A store on a small file system of its own, which is filled while blocks work, by the released programs.
@Suite("A full disk while blocks work", .serialized, .enabled(if: SmallDisk.canMount, "no disk can be mounted"))
struct FullDiskTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.withReleasedPrograms() }

  private func pipeline(_ blocks: String) -> String {
    """
    sources:
      shop: { path: \(Workshop.package)/Examples/shop }
    stages:
      ingest:
        inputs: { source: sources.shop }
        params:
          { format: delimited, interactions-file: orders.csv, query: customer, candidate: product,
            timestamp: ordered at, on-bad-row: skip }
      vocab:
        inputs: { interactions: ingest.interactions }
      split:
        inputs: { interactions: ingest.interactions }
        params: { by: random }
      train:
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { objective: ials, dimension: 8, epochs: 1 }
      tune:
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { trials: 6 }
        \(blocks)
      evaluate:
        inputs: { model: train.model, train: split.train, test: split.test }
        \(blocks)

    """
  }

  /// A command that fills the disk up to some pages while a stage works, and then gives it room.
  private func run(_ stage: String, pagesLeft: Int) throws -> Workshop.Result {
    let run = "\(Workshop.runner) pipeline.yaml --artifacts disk/artifacts --stages-dir \(Workshop.released) --cpus 2"
    return try workshop.run(
      "/usr/bin/unshare",
      SmallDisk.mounting + [
        "sh", "-c",
        """
        mkdir disk && mount -t tmpfs -o size=16m tmpfs disk || exit 70
        \(run) --only ingest --only vocab --only split --only train || exit 71
        dd if=/dev/zero of=disk/filler bs=4k count=\(pagesLeft) 2> /dev/null
        dd if=/dev/zero of=disk/rest bs=4k 2> /dev/null
        rm disk/filler
        \(run) --only \(stage) 2> full
        echo "full: $?"
        find disk/artifacts/\(stage)/.work-* -type f 2> /dev/null | xargs -r cp -t left
        rm disk/rest
        \(run) --only \(stage) 2> again
        echo "again: $?"
        cp disk/artifacts/\(stage)/latest/*.tandem made.tandem
        """,
      ])
  }

  @Test(
    "ends in one line, counts nothing half written, and the same command goes on when there is room",
    arguments: ["tune", "evaluate"])
  func full(_ stage: String) throws {
    try FileManager.default.createDirectory(atPath: "\(workshop.folder)/left", withIntermediateDirectories: true)
    try workshop.write(pipeline("retries: 0"), to: "pipeline.yaml")
    let whole = try workshop.run(Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released])
    #expect(whole.status == 0, "\(whole.said)")
    try workshop.write(pipeline("resources: { cpus: 1 }\n    blocks: 2"), to: "pipeline.yaml")
    let result = try run(stage, pagesLeft: stage == "tune" ? 12 : 14)
    let full = try workshop.read("full")
    #expect(result.output.contains("full: 1\n") && result.output.contains("again: 0\n"), "\(result.said)\(full)")
    let last = try #require(full.split(separator: "\n").last)
    #expect(last.hasPrefix("runner: ") && last.contains("no space left on the disk"), "\(full)")
    for name in workshop.list("left") where name.hasSuffix(".json") {
      _ = try JSONSerialization.jsonObject(with: Data(workshop.read("left/\(name)").utf8))
    }
    let made = try Data(contentsOf: URL(filePath: "\(workshop.folder)/made.tandem"))
    let name = stage == "tune" ? "recipe" : "metrics"
    #expect(
      try made == Data(contentsOf: URL(filePath: "\(workshop.folder)/artifacts/\(stage)/latest/\(name).tandem")))
  }
}
