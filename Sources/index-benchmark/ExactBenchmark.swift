import ArgumentParser
import CPeak
import CandidateIndex
import DisplayText
import Kernels

/// Measures exact search beside memory bandwidth, and checks that all ways to search agree.
struct ExactBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exact", abstract: "Measure exact search, beside how fast one thread reads the same bytes.")

  @OptionGroup
  var files: VectorFiles

  @Option(help: ArgumentHelp("Threads for batches.", valueName: "number"))
  var threads = 2

  @Option(help: ArgumentHelp("Queries that are asked one by one; all for a batch.", valueName: "number"))
  var singles = 100

  @Option(help: ArgumentHelp("Times that everything is measured, in turn; the best and the median count."))
  var rounds = 5

  func validate() throws {
    for (name, value) in [("k", files.k), ("threads", threads), ("singles", singles), ("rounds", rounds)]
    where value < 1 {
      throw ValidationError("--\(name) is \(value); give at least 1")
    }
  }

  func run() throws {
    let k = files.k
    let candidates = try NumPyVectors(files.vectors).matrix()
    let asked = try NumPyVectors(files.queries).matrix()
    guard candidates.columns == asked.columns, candidates.rows > 0, asked.rows > 0 else {
      throw ValidationError(
        "candidates of \(candidates.columns) dimensions and queries of \(asked.columns); give files of one model")
    }
    let start = ContinuousClock.now
    let plain = ExactIndex(candidates, prefiltered: false)
    let middle = ContinuousClock.now
    let prefiltered = ExactIndex(candidates, prefiltered: true)
    print("build: \(middle - start), with a prefilter \(ContinuousClock.now - middle), one thread")
    let panels = PackedRows(candidates, threads: threads)
    let rows = (0..<min(singles, asked.rows)).map { asked.row($0) }
    var times = [[Double]](repeating: [], count: 4)
    var lists = [[[Neighbour]]](repeating: [], count: 3)
    var ignored: Float = 0
    for _ in 0..<rounds {
      // In turn, so that both have the same share of the memory.
      var (reading, searching) = (0.0, 0.0)
      lists[0] = rows.map { row in
        var list: [Neighbour] = []
        reading += seconds { unsafe ignored += cp_read(panels.pointer, panels.paddedRows * panels.columns) }
        searching += seconds { list = plain.search(row, k: k) }
        return list
      }
      times[0].append(reading)
      times[1].append(searching)
      times[2].append(seconds { lists[1] = rows.map { prefiltered.search($0, k: k) } })
      times[3].append(seconds { lists[2] = plain.search(asked, k: k, threads: threads) })
    }
    let bytes = Double(panels.paddedRows * panels.columns * 4)
    let bandwidth = rate(rows.count, times[0])
    print("\(candidates.rows) candidates of \(candidates.columns) dimensions, k \(k); best and median of \(rounds)")
    print(
      "read: \(bandwidth.text) passes/s, \(decimals(bandwidth.best * bytes * 1e-9, 1)) GB/s, one thread"
        + (ignored.isNaN ? " of NaN" : ""))
    for (name, time) in [("single", times[1]), ("single, prefiltered", times[2])] {
      let rate = rate(rows.count, time)
      // Of each round by itself, since the machine may have other work.
      let share = zip(times[0], time).map { $0 / $1 }.sorted()[rounds / 2]
      print("\(name): \(rate.text) queries/s, \(decimals(share, 2)) of the passes, one thread")
    }
    print("batch of \(asked.rows): \(rate(asked.rows, times[3]).text) queries/s, \(threads) threads")
    guard prefiltered.hasPrefilter, lists[0] == lists[1], lists[0] == Array(lists[2].prefix(rows.count)) else {
      throw ValidationError("the ways to search do not agree")
    }
    print("all lists agree")
  }

  private func seconds(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .seconds(1)
  }

  private func rate(_ count: Int, _ times: [Double]) -> (best: Double, text: String) {
    let sorted = times.sorted()
    let best = Double(count) / sorted[0]
    return (best, "\(decimals(best, 1)) (\(decimals(Double(count) / sorted[sorted.count / 2], 1)))")
  }
}
