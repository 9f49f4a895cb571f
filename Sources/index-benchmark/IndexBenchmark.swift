import ArgumentParser
import Artifacts
import CandidateIndex
import Kernels

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
    commandName: "approximate", abstract: "Builds and searches of the approximate index, and its recall.")

  @Option(help: ArgumentHelp("Candidates: float32, one row each.", valueName: "file"))
  var vectors: String

  @Option(help: ArgumentHelp("Queries: float32, one row each.", valueName: "file"))
  var queries: String

  @Option(help: ArgumentHelp("Length of the lists.", valueName: "number"))
  var k = 100

  @Option(help: ArgumentHelp("Leaves; as many as the index would choose if not given.", valueName: "number"))
  var leaves: Int?

  @Option(help: ArgumentHelp("Queries to learn the directions of queries from: float32.", valueName: "file"))
  var training: String?

  @Option(help: ArgumentHelp("Subspaces of codes, as many as they need if not given.", valueName: "number"))
  var subspaces: Int?

  @Option(help: ArgumentHelp("How much more an error along a vector counts.", valueName: "number"))
  var anisotropy: Float = 3

  @Option(help: ArgumentHelp("Threads to build with, and for batches.", valueName: "number"))
  var threads = 2

  @Option(help: ArgumentHelp("How far to look; repeat for several.", valueName: "number"))
  var reach: [Float] = [1, 1.5, 2, 2.5, 3, 3.5, 4]

  @Option(help: ArgumentHelp("Candidates to score exactly; repeat for several.", valueName: "number"))
  var reordered = [150, 200, 300, 400]

  func run() throws {
    let candidates = try NumPyMatrix.read(vectors)
    let asked = try NumPyMatrix.read(queries)
    let clock = ContinuousClock()
    let exact = ExactIndex(candidates)
    var truth: [Set<Int>] = []
    let exactTime = clock.measure {
      truth = (0..<asked.rows).map { Set(exact.search(asked.row($0), k: k).map(\.candidate)) }
    }
    print("exact: \(rate(asked.rows, exactTime)) queries/s, one thread")
    var settings = ApproximateIndex.Settings(leaves: leaves ?? ApproximateIndex.Settings.leaves(for: candidates.rows))
    settings.threads = threads
    settings.subspaces = subspaces
    settings.anisotropy = anisotropy
    let asking = try training.map { try NumPyMatrix.read($0) }
    var built: ApproximateIndex?
    let buildTime = clock.measure {
      built = ApproximateIndex(candidates, rows: 0..<candidates.rows, queries: asking, settings: settings)
    }
    guard let index = built else { return }
    print("build: \(buildTime), \(index.leafCount) leaves, \(index.subspaces) subspaces, \(threads) threads")
    for reordered in reordered {
      for reach in reach {
        let effort = ApproximateIndex.Effort(reach: reach, reordered: reordered, k: k)
        var lists: [[Neighbour]] = []
        var best = Duration.seconds(1_000_000)
        for _ in 0..<3 {
          best = min(
            best,
            clock.measure {
              lists = (0..<asked.rows).map { index.search(asked.row($0), k: k, filter: nil, effort: effort) }
            }
          )
        }
        var work = SearchWork()
        let batch = clock.measure {
          (lists, work) = index.measured(asked, k: k, effort: effort, threads: threads)
        }
        let found = zip(lists, truth).reduce(0) { sum, pair in
          sum + pair.0.count { pair.1.contains($0.candidate) }
        }
        print(
          "reach \(reach), reordered \(reordered): recall@\(k) \(decimals(Double(found) / Double(k * asked.rows), 4)), "
            + "\(rate(asked.rows, best)) queries/s, batch \(rate(asked.rows, batch)), "
            + "centroids \(work.centroids / asked.rows), leaves \(work.leaves / asked.rows), scanned \(work.scanned / asked.rows)"
        )
      }
    }
  }

  private func rate(_ count: Int, _ time: Duration) -> Int {
    let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    return Int(Double(count) / max(seconds, 1e-9))
  }
}
