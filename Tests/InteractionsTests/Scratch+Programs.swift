import Foundation
import TestKit
import Testing

extension Scratch {
  @discardableResult
  func write(_ text: String, to name: String, encoding: String.Encoding = .utf8) throws -> String {
    try write(Array(try #require(text.data(using: encoding))), to: name)
  }

  /// Runs a program of the machine in this folder.
  func run(_ program: String, _ arguments: String...) throws { try run([program] + arguments) }

  func run(_ words: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
