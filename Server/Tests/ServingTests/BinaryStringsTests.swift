import JSON
import Linearity
import Serving
import Testing

@Suite("Strings of tensors") struct BinaryStringsTests {
  private func read(_ bytes: [UInt8], _ size: Int) throws -> (strings: [String], left: Int) {
    var tensors = bytes[...]
    let strings = try BinaryStrings.read(.number("\(size)"), of: &tensors, "queries")
    return (strings, tensors.count)
  }

  private func written(_ strings: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for string in strings { BinaryStrings.append(string, to: &bytes) }
    return bytes
  }

  @Test("are read as they were written, and following bytes are left") func roundTrip() throws {
    let strings = ["", "a", "é😀", String(repeating: "b", count: 300), ""]
    let bytes = written(strings)
    let read = try read(bytes + [1, 2, 3], bytes.count)
    #expect(read.strings == strings && read.left == 3)
    #expect(try self.read([7], 0).strings.isEmpty)
  }

  @Test("of inconsistent lengths or invalid UTF-8 are refused") func broken() {
    let bytes = written(["ab", "cd"])
    for size in [-1, 1, 5, 7, 11, 13] { #expect(throws: RequestError.self) { try read(bytes, size) } }
    #expect(throws: RequestError.self) { try read([1, 0, 0, 0, 0xFF], 5) }
    #expect(throws: RequestError.self) { try read([0xFF, 0xFF, 0xFF, 0xFF, 0x61], 5) }
  }

  @Test("are read in linear time", arguments: [0, 1, 20, 1 << 20]) func linear(length: Int) {
    let inputs = Growth.sizes.map { size in
      let one = String(repeating: "a", count: min(length, size))
      return written(Array(repeating: one, count: max(size / (length + 4), 1)))
    }
    let growth = Growth.of(inputs) { bytes in #expect((try? read(bytes, bytes.count)) != nil) }
    #expect(growth.isLinear, "\(growth)")
  }
}

@Suite("A value shown in a message") struct ExcerptTests {
  private func value(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  @Test("is complete if short, else truncated") func cut() throws {
    #expect(
      try value(#"{"a":[1,"b\n"],"c":{}}"#).excerpt == """
        {
            "a": [
                1,
                "b\\n"
            ],
            "c": {}
        }
        """)
    #expect(JSONValue.string(String(repeating: "a", count: 998)).excerpt.count == 1_000)
    #expect(
      JSONValue.string(String(repeating: "é", count: 5_000)).excerpt == "\"\(String(repeating: "é", count: 999))…")
    #expect(try value("[" + String(repeating: "0,", count: 9_000) + "0]").excerpt.count == 1_001)
  }

  @Test("costs no more for a long or deep value") func bounded() throws {
    let list = String(repeating: "[", count: 190) + String(repeating: "]", count: 190)
    let deep = try value("[\(list)" + String(repeating: ",\(list)", count: (1 << 20) / 381) + "]")
    let time = ContinuousClock().measure { #expect(deep.excerpt.count == 1_001) }
    // All of it is 400 MB, which takes seconds.
    #expect(time < .seconds(1))
  }
}
