import Kernels
import RandomNumbers
import Testing

@Suite struct RankedKeyTests {
  @Test("keys are ordered as scores, and equal scores by their candidates")
  func order() {
    let scores: [Float] = [-.infinity, -3, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 1, 1.5, .infinity]
    for (lower, higher) in zip(scores, scores.dropFirst()) {
      #expect(RankedKey(lower, candidate: 0).bits < RankedKey(higher, candidate: .max).bits, "\(lower), \(higher)")
    }
    #expect(RankedKey(1, candidate: 6).bits > RankedKey(1, candidate: 7).bits)
    #expect(RankedKey(-0.0, candidate: 3) == RankedKey(0, candidate: 3))
    for score in scores {
      #expect(RankedKey(score, candidate: 9).score == score)
      #expect(RankedKey(score, candidate: 9).candidate == 9)
    }
  }

  @Test("the filter keeps scores above the threshold, counts those equal to it, and ignores NaN, at any length")
  func filter() {
    var random = RandomGenerator(seed: 5)
    for count in Array(0...70) + [200, 513] {
      var scores = (0..<count).map { _ in Float(random.below(9)) - 4 }
      if count > 3 { scores[count / 2] = .nan }
      for threshold: Float in [-.infinity, -5, 0, 3, 4] {
        let wanted = scores.indices.filter { scores[$0] > threshold }.map {
          RankedKey(scores[$0], candidate: UInt32($0 + 100)).bits
        }
        for variant in KernelVariant.available {
          var found = [UInt64](repeating: 0, count: count + 1)
          let counts = found.withUnsafeMutableBufferPointer { buffer in
            scores.withUnsafeBufferPointer { scores in
              buffer.baseAddress.flatMap { target in
                scores.baseAddress.map {
                  keys(above: threshold, in: $0, count: count, first: 100, into: target, variant: variant)
                }
              }
            }
          }
          #expect(Array(found.prefix(counts?.above ?? 0)) == wanted, "\(variant), \(count) above \(threshold)")
          #expect(counts?.equal ?? 0 == scores.count { $0 == threshold })
        }
      }
    }
  }

  @Test("the greatest score of each group is found, ignoring NaN")
  func maxima() {
    for count in [1, 7, 16, 31, 100] {
      let scores: [Float] = (0..<count).map { place in
        if place % 5 == 3 { return Float.nan }
        return Float((place * 37) % 101) - 50
      }
      for groups in [8, 16, 24] {
        for variant in KernelVariant.available {
          let found = AlignedFloats(groups)
          scores.withUnsafeBufferPointer { buffer in
            if let start = buffer.baseAddress {
              foldMaxima(of: start, count: count, into: found.pointer, groups: groups, variant: variant)
            }
          }
          let wanted: [Float] = (0..<groups).map { group in
            let own = stride(from: group, to: count, by: groups).map { scores[$0] }
            return own.filter { !$0.isNaN }.max() ?? -Float.infinity
          }
          #expect(found.array == wanted)
        }
      }
    }
  }

  @Test("the greatest keys are kept in any order, with the number of ties with the least")
  func selection() {
    var random = RandomGenerator(seed: 6)
    for count in [2, 3, 9, 25, 100, 1000] {
      for levels in [1, 2, 10, 1_000_000] as [UInt64] {
        var all = (0..<count).map { RankedKey(Float(random.below(levels)), candidate: UInt32($0)).bits }
        for round in 0..<3 {
          if round == 1 { all.sort() }
          if round == 2 { all.reverse() }
          for kept in [1, count / 2, count - 1] where kept > 0 {
            var chosen = all
            let outcome = chosen.withUnsafeMutableBufferPointer { buffer in
              buffer.baseAddress.map { keepGreatest(kept, of: $0, count: count) }
            }
            let sorted = all.sorted(by: >)
            #expect(chosen.prefix(kept).sorted(by: >) == Array(sorted.prefix(kept)))
            #expect(outcome?.least.bits == sorted[kept - 1])
            #expect(outcome?.tied == sorted.dropFirst(kept).count { $0 >> 32 == sorted[kept - 1] >> 32 })
          }
          var ordered = all
          ordered.withUnsafeMutableBufferPointer { buffer in
            if let start = buffer.baseAddress { sortDescending(start, count: count) }
          }
          #expect(ordered == all.sorted(by: >))
        }
      }
    }
  }
}
