import ArgumentParser
import Artifacts
import StageKit
import TestKit

extension ArtifactType { static let numbers = ArtifactType("numbers", version: 2) }

enum Rounding: String, ChoiceParam { case none, nearest }

/// A stage for tests: it doubles numbers, adds extra ones, and can be told to fail between its two outputs.
struct DoublingStage: Stage {
  static let name = "double"
  static let version = 3
  static let summary = "Double numbers."
  static let inputs = [Port("numbers", .numbers), Port("extra", .numbers, optional: true), Port.source("notes")]
  static let outputs = [Port("doubled", .numbers), Port("count", .numbers)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: "What each number is multiplied with.")
  var learningRate = 2.0

  @Option(help: "How products are rounded.")
  var rounding = Rounding.none

  @Option(help: "What a draw would start from.")
  var seed: UInt64 = 42

  @Option(help: "At most so many numbers.")
  var most: Int?

  @Option(help: "Leave these out.")
  var without: [Int] = []

  @Option(help: "Names, for nothing.")
  var names = ["a", "b"]

  @Option(help: "Fail after the first output.")
  var fails = false

  func validate() throws {
    if let most, most < 1 { throw ValidationError("--most is \(most); give at least 1") }
  }

  func run(in context: StageContext) throws {
    _ = context.source("notes")
    var numbers: [Double] = try context.input("numbers").read("numbers")
    if let extra = try context.optionalInput("extra") { numbers += try extra.read("numbers", as: Double.self) }
    numbers = numbers.filter { !without.contains(Int($0)) }
    numbers = numbers.prefix(most ?? numbers.count).map { $0 * learningRate }
    if rounding == .nearest { numbers = numbers.map { $0.rounded() } }
    try Self.publish(numbers, to: context.output("doubled"), lineage: context.lineage())
    if fails { throw ToldToFail() }
    try Self.publish([Double(numbers.count)], to: context.output("count"), lineage: context.lineage())
  }

  static func publish(_ numbers: [Double], to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: .numbers)
    try writer.add("numbers", numbers)
    try writer.publish(lineage: lineage)
  }
}

private struct ToldToFail: Error, CustomStringConvertible {
  let description = "the test: it was told to fail\nbetween two outputs"
}
