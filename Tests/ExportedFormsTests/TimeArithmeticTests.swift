import Features
import Testing

@testable import ExportedForms

/// The values that a graph computes of one time.
private struct Calculator: TimeArithmetic {
  private(set) var numbers: [String: Double]

  mutating func apply(_ operation: TimeOperation, _ number: String, _ constant: Double) -> String {
    numbers["constant"] = constant
    return apply(operation, number, by: "constant")
  }

  mutating func apply(_ operation: TimeOperation, _ left: String, by right: String) -> String {
    let (left, right, name) = (numbers[left] ?? .nan, numbers[right] ?? .nan, "\(numbers.count)")
    numbers[name] =
      switch operation {
      case .add: left + right
      case .subtract: left - right
      case .multiply: left * right
      case .divide: left / right
      case .floor: left.rounded(.down)
      }
    return name
  }
}

@Suite("The arithmetic of times in exported graphs")
struct TimeArithmeticTests {
  @Test("gives the parts of times that the servable has, before 1970 as after", arguments: TimePart.allCases)
  func parts(part: TimePart) throws {
    let edges: [Double] = [
      0, -1, 86_399, 86_400, -86_400, -86_401, 951_782_399, 951_868_799, 951_868_800, -2_203_891_201, -2_203_891_200,
      4_107_542_399, 4_107_542_400, 999_999_999_999, -999_999_999_999,
    ]
    // Steps of 17 days and some hours, over 400 years around 1970 and far beyond.
    let times = edges + (-4300..<4300).map { Double($0) * 1_500_001 } + (-300..<300).map { Double($0) * 3_333_333_337 }
    for seconds in times where abs(seconds) < TimePart.end {
      var calculator = Calculator(numbers: ["seconds": seconds])
      let name = calculator.part(part, of: "seconds")
      let number = try #require(calculator.numbers[name])
      #expect(part.numbers.firstIndex(of: number) == part.place(seconds), "\(seconds)")
    }
  }
}
