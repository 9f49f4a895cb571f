import RandomNumbers
import Testing

@Suite struct ComputedPermutationTests {
  @Test(
    "has every number below the count once, and finds the place of each",
    arguments: [0, 1, 2, 3, 4, 5, 16, 17, 1000, 1024, 1025])
  func bijection(count: Int) {
    var random = RandomGenerator(seed: 7)
    let permutation = ComputedPermutation(count, from: &random)
    let numbers = (0..<count).map { permutation[$0] }
    #expect(numbers.sorted() == Array(0..<count))
    #expect(numbers.map { permutation.place(of: $0) } == Array(0..<count))
  }

  @Test("looks random: neighbours are separated, and hardly any number keeps its position")
  func looksRandom() {
    var random = RandomGenerator(seed: 8)
    let count = 20_000
    let permutation = ComputedPermutation(count, from: &random)
    let numbers = (0..<count).map { permutation[$0] }
    #expect(numbers.enumerated().count { $0 == $1 } < 12)
    // The mean distance of two numbers drawn evenly is a third of the count.
    let distance = zip(numbers, numbers.dropFirst()).reduce(0) { $0 + abs($1.0 - $1.1) } / (count - 1)
    #expect(abs(distance - count / 3) < count / 50)
    // Halves of the places have halves of the numbers, within five standard deviations.
    #expect(abs(numbers.prefix(count / 2).count { $0 < count / 2 } - count / 4) < 5 * 36)
  }

  @Test("another seed gives another order")
  func seeds() {
    var random = RandomGenerator(seed: 9)
    let (first, second) = (ComputedPermutation(500, from: &random), ComputedPermutation(500, from: &random))
    #expect((0..<500).contains { first[$0] != second[$0] })
  }
}
