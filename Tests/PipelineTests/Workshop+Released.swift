import Foundation
import Testing

/// The pipelines of the package, run by the released programs (`Scripts/test` builds them and fetches the data).
extension Workshop {
  static let released = "\(package)/.build/release"

  static func withReleasedPrograms() throws -> Workshop {
    for needed in ["\(released)/train", "\(package)/data/ml-100k"] {
      try #require(FileManager.default.fileExists(atPath: needed), "\(needed) is missing; run Scripts/test")
    }
    return try Workshop()
  }

  /// Runs a pipeline of the package; its artifacts land here.
  @discardableResult
  func run(pipeline: String, _ arguments: [String] = []) throws -> Result {
    let result = try run(
      Self.runner,
      ["\(Self.package)/\(pipeline)", "--stages-dir", Self.released, "--artifacts", "artifacts"] + arguments)
    #expect(result.status == 0, "\(result.said)")
    return result
  }

  func released(_ program: String, _ arguments: String...) throws -> Result {
    try run("\(Self.released)/\(program)", arguments)
  }

  /// The rows of a CSV that `inspect` exports.
  func exported(_ target: String, _ arguments: String...) throws -> [Substring] {
    try run("\(Self.released)/inspect", [target, "--export", "csv"] + arguments).output.split(separator: "\r\n")
  }

  /// A measure over all, found by what stands before its tie rule: model, protocol, slice, metric, k.
  func metric(_ target: String, _ start: String) throws -> Double {
    let line = try #require(exported(target, "--table", "metrics").first { $0.hasPrefix("\(start),") }, "\(start)")
    return try #require(Double(line.split(separator: ",", omittingEmptySubsequences: false)[6]))
  }
}
