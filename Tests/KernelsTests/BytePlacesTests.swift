import Kernels
import Testing

@Suite("Places of bytes in text")
struct BytePlacesTests {
  @Test("are those of a search byte by byte, for every length, start and variant")
  func agree() {
    var numbers = Numbers(3)
    let alphabet: [UInt8] = Array(",\"\n".utf8) + [0, 0x2B, 0x2D, 0x7F, 0x80, 0xAC, 0xFF]
    let text = (0..<300).map { _ in alphabet[Int(truncatingIfNeeded: numbers.next() % UInt64(alphabet.count))] }
    for start in [0, 1, 63, 64, 65] {
      for end in start...text.count {
        let range = start..<end
        let expected = range.filter { Array(",\"\n".utf8).contains(text[$0]) }
        for variant in KernelVariant.available {
          var places = BytePlaces()
          places.find((0x2C, 0x22, 0x0A), in: text.span, range, variant: variant)
          #expect((0..<places.count).map { places[$0] } == expected, "\(range), \(variant)")
          #expect(places.isASCII == text[range].allSatisfy { $0 < 0x80 }, "\(range), \(variant)")
        }
      }
    }
  }

  @Test("are found once where the bytes that are looked for are equal, and replace those found before")
  func equalBytes() {
    var places = BytePlaces()
    let text = Array("a,b,,c".utf8)
    places.find((0x2C, 0x2C, 0x2C), in: text.span, 0..<6)
    #expect((0..<places.count).map { places[$0] } == [1, 3, 4])
    places.find((0x62, 0x2C, 0x2C), in: text.span, 0..<2)
    #expect((0..<places.count).map { places[$0] } == [1])
  }
}
