import BasicAlgorithms
import Tables
import Testing

@Suite struct GroupingTests {
  @Test("groups keep the order of their elements and may be empty")
  func order() {
    let grouping = Grouping([4, 9, 1, 3, 6, 10], count: 4) { $0 % 4 }
    #expect(grouping.map(Array.init) == [[4], [9, 1], [6, 10], [3]])
    #expect(grouping.starts == [0, 1, 3, 5, 6])
    #expect(Grouping([5], count: 3) { _ in 2 }.map(Array.init) == [[], [], [5]])
    #expect(Grouping([Int](), count: 2) { $0 }.map(Array.init) == [[], []])
    #expect(Grouping([Int](), count: 0) { $0 }.isEmpty)
  }
}

@Suite struct CSVRowTests {
  @Test("cells are quoted if RFC 4180 requires it, and so is a single empty cell")
  func quoting() {
    let cases: [([String], String)] = [
      (["a", "b c"], "a,b c\r\n"), (["a,b", "c\"d", "e\nf", "g\rh"], "\"a,b\",\"c\"\"d\",\"e\nf\",\"g\rh\"\r\n"),
      (["", ""], ",\r\n"), ([""], "\"\"\r\n"), (["é"], "é\r\n"),
    ]
    for (cells, text) in cases {
      var bytes: [UInt8] = []
      CSVRow.append(cells, to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
  }
}

@Suite struct StringsUnionTests {
  @Test("the union of two sorted lists has every string once, in the order of bytes")
  func union() {
    let all = ["", "B", "a", "b", "e\u{301}", "é"]
    for left in 0..<1 << all.count {
      for right in [0, 1, 21, 42, 63, left] {
        let (a, b) = (all.indices.filter { left >> $0 & 1 == 1 }, all.indices.filter { right >> $0 & 1 == 1 })
        let union = Strings(a.map { all[$0] }).union(Strings(b.map { all[$0] }))
        #expect(union == Strings(Set(a + b).sorted().map { all[$0] }))
      }
    }
  }
}
