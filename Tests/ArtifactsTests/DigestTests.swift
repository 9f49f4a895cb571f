import Artifacts
import Testing

@Suite struct DigestTests {
  @Test("SHA-256 of the examples of FIPS 180-4 is right, in one piece or several")
  func known() {
    #expect(Digest.of("abc").hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest.of("").hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var hasher = DigestHasher()
    for piece in ["a", "", "bc"] { hasher.update(piece) }
    #expect(hasher.finish() == Digest.of("abc") && Digest.of("abc").short == "ba7816bf8f01")
  }

  @Test("only 64 lower-case hexadecimal digits are a digest")
  func spelling() {
    let digest = Digest.of("x")
    #expect(Digest(hexadecimal: digest.hexadecimal) == digest)
    for text in ["", digest.hexadecimal.uppercased(), String(digest.hexadecimal.dropLast()), digest.hexadecimal + "0"] {
      #expect(Digest(hexadecimal: text) == nil)
    }
    #expect(Digest(hexadecimal: String(repeating: "g", count: 64)) == nil)
    #expect(Digest(hexadecimal: String(repeating: "é", count: 32)) == nil)
  }
}
