import ColdStart
import Kernels
import TestKit
import Testing

@Suite("The exposure of new candidates")
struct ListExposureTests {
  private func exposure(new count: Int, bias: Float? = nil) -> ListExposure {
    let columns = bias == nil ? 8 : 9
    let queries = Vectors.clustered(100, columns, seed: 1)
    let candidates = Vectors.clustered(300, columns, seed: 2)
    let new = Vectors.clustered(count, 8, seed: 3)
    return ListExposure(
      queries: queries, candidates: candidates, new: new, newBias: bias,
      seen: (0..<100).map { [Int32($0), Int32($0 + 100)] }, threads: 2)
  }

  @Test("grows with the length of their vectors")
  func grows() {
    let exposure = exposure(new: 100)
    let shares = stride(from: Float(0), through: 4, by: 0.25).map { exposure.share(factor: $0) }
    #expect(shares == shares.sorted())
    #expect(shares[0] < 0.05 && shares[shares.count - 1] > 0.5)
  }

  @Test("reaches the share that is asked for", arguments: [0.05, 0.2, 0.5])
  func share(wanted: Double) {
    let exposure = exposure(new: 100)
    #expect(abs(exposure.share(factor: exposure.factor(share: wanted)) - wanted) < 0.01)
  }

  @Test("never asks for vectors so short that everybody has the same score, also where they are shown too often")
  func least() {
    #expect(exposure(new: 100).factor(share: 0) == 0.0625)
  }

  @Test("counts what a naive ranking counts, with the bias of new candidates and without what was seen")
  func naive() {
    for bias in [nil, -0.5 as Float?] {
      let columns = bias == nil ? 8 : 9
      let queries = Vectors.clustered(100, columns, seed: 1)
      let candidates = Vectors.clustered(300, columns, seed: 2)
      let new = Vectors.clustered(100, 8, seed: 3)
      var taken = 0
      for query in 0..<100 {
        func score(_ vector: [Float], _ length: Int) -> Float {
          (0..<length).reduce(0) { $0 + queries[query, $1] * vector[$1] }
        }
        let old = (0..<300).filter { $0 != query && $0 != query + 100 }
          .map { (score(candidates.row($0), columns), false) }
        let fresh = (0..<100).map { (1.5 * score(new.row($0), 8) + (bias.map { $0 * queries[query, 8] } ?? 0), true) }
        taken += (old + fresh).sorted { $0.0 > $1.0 }.prefix(20).count { $0.1 }
      }
      let share = exposure(new: 100, bias: bias).share(factor: 1.5)
      #expect(abs(share - Double(taken) / 2000) < 0.002)
    }
  }

  @Test("is 0 without new candidates")
  func none() { #expect(exposure(new: 0).share(factor: 2) == 0) }
}
