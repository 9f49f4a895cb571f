import ArgumentParser
import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText
import Kernels
import ParallelLoops
import SystemFiles

extension VectorPrecision: ExpressibleByArgument {}

/// Measures the candidate index over vectors in NumPy files.
@main
struct IndexBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index-benchmark", abstract: "Measure the candidate index on vectors in .npy files.",
    subcommands: [ExactBenchmark.self, ApproximateBenchmark.self])
}

/// Measures builds and searches; Benchmarks/nearest-neighbours runs it beside its peers.
struct ApproximateBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approximate", abstract: "Measure builds and searches of the approximate index, and its recall.")

  @OptionGroup
  var files: VectorFiles

  @Option(help: ArgumentHelp("Leaves; as many as the index would choose if not given.", valueName: "number"))
  var leaves: Int?

  @Option(help: ArgumentHelp("Queries to learn the directions of queries from: float32.", valueName: "file"))
  var training: String?

  @Option(help: ArgumentHelp("Subspaces of codes, as many as they need if not given.", valueName: "number"))
  var subspaces: Int?

  @Option(help: ArgumentHelp("Weight of an error parallel to the vector.", valueName: "number"))
  var anisotropy: Float = 3

  @Option(help: ArgumentHelp("Threads to build with, and for batches.", valueName: "number"))
  var threads = 2

  @Option(help: ArgumentHelp("Reach in standard deviations; repeat for several.", valueName: "number"))
  var reach: [Float] = [1, 1.5, 2, 2.5, 3, 3.5, 4]

  @Option(help: ArgumentHelp("Candidates to score exactly; repeat for several.", valueName: "number"))
  var reordered = [150, 200, 300, 400]

  @Option(help: ArgumentHelp("Precision of vectors: float32, float16 or int8.", valueName: "kind"))
  var precision = VectorPrecision.float32

  @Option(
    help: ArgumentHelp(
      "Write the index to this file as an artifact, without holding the vectors, and search it there.",
      valueName: "file"))
  var save: String?

  @Flag(help: "With --save: read the file into memory, in large pages where there are any, rather than map it.")
  var load = false

  func validate() throws {
    if load, save == nil { throw ValidationError("--load reads what --save wrote; give --save FILE, too") }
    if let save, Files.exists(save) { throw ValidationError("--save: \(save) is there already; name another file") }
  }

  func run() throws {
    let k = files.k
    let candidates = try NumPyVectors(files.vectors)
    let asked = try NumPyVectors(files.queries).matrix()
    guard candidates.dimension == asked.columns, asked.rows > 0 else {
      throw ValidationError(
        "candidates of \(candidates.dimension) dimensions and \(asked.rows) queries of \(asked.columns); "
          + "give files of one model")
    }
    let clock = ContinuousClock()
    var truth: [Set<Int>] = []
    let exactTime = try clock.measure {
      truth = try candidates.search(asked, k: k, threads: threads).map { Set($0.map(\.candidate)) }
    }
    print("exact: \(rate(asked.rows, exactTime)) queries/s, a batch in one reading, \(threads) threads")
    let index = try build(candidates)
    for reordered in reordered {
      for reach in reach {
        let parameters = SearchParameters(reach: reach, reordered: reordered, k: k)
        var lists: [[Neighbour]] = []
        var best = Duration.seconds(1_000_000)
        for _ in 0..<3 {
          best = min(
            best,
            clock.measure {
              lists = (0..<asked.rows).map { index.search(asked.row($0), k: k, filter: nil, parameters: parameters) }
            }
          )
        }
        var work = SearchWork()
        let batch = clock.measure {
          (lists, work) = index.measured(asked, k: k, parameters: parameters, threads: threads)
        }
        let found = zip(lists, truth).reduce(0) { sum, pair in
          sum + pair.0.count { pair.1.contains($0.candidate) }
        }
        print(
          "reach \(reach), reordered \(reordered): recall@\(k) \(decimals(Double(found) / Double(k * asked.rows), 4)), "
            + "\(rate(asked.rows, best)) queries/s, batch \(rate(asked.rows, batch)), "
            + "centroids \(work.centroids / asked.rows), leaves \(work.leaves / asked.rows), "
            + "scanned \(work.scanned / asked.rows)"
        )
      }
    }
  }

  private func build(_ candidates: NumPyVectors) throws -> ApproximateIndex {
    var settings = ApproximateIndex.Settings(leaves: leaves ?? ApproximateIndex.Settings.leaves(for: candidates.count))
    settings.threads = threads
    settings.subspaces = subspaces
    settings.anisotropy = anisotropy
    settings.precision = precision
    let record = BuildRecord()
    settings.begins = { record.begin($0) }
    let asking = try training.map { try NumPyVectors($0).matrix() }
    let start = ContinuousClock.now
    var index: ApproximateIndex
    if let save {
      let writer = try ArtifactWriter(path: save, type: IndexFile.type)
      index = try ApproximateIndex(candidates, queries: asking, settings: settings, into: writer)
      try writer.publish(
        lineage: Lineage(stage: "index-benchmark", stageVersion: 1), schema: .object(index.schema))
      record.begin(nil)
      if let saved = try IndexFile.open(path: save, loaded: load) as? ApproximateIndex { index = saved }
    } else {
      index = try ApproximateIndex(candidates, queries: asking, settings: settings)
      record.begin(nil)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(
      "build: \(decimals(seconds, 1)) s, \(index.leafCount) leaves, \(index.subspaces) subspaces, \(threads) threads")
    for line in record.lines { print("  \(line)") }
    let bytes = index.bytesPerCandidate
    print(
      "bytes a candidate: \(decimals(bytes.codes, 1)) of codes, numbers and places, "
        + "\(decimals(bytes.vectors, 1)) of vectors in \(index.precision.rawValue); "
        + "\(Memory.anonymous()) MiB of memory now, without pages of files")
    return index
  }

  private func rate(_ count: Int, _ time: Duration) -> Int {
    let seconds = time / .seconds(1)
    return Int(Double(count) / max(seconds, 1e-9))
  }
}
