package import ArgumentParser
import CanonicalJSON

/// Options that do not affect outputs, and so are not part of the cache key.
package protocol OutsideTheKey: ParsableArguments {}

/// The options that every stage has and that do not affect its outputs.
package struct StageFiles: OutsideTheKey {
  @Option(name: .long, help: ArgumentHelp("Read an artifact, or raw data.", valueName: "name=file"))
  var input: [String] = []

  @Option(name: .long, help: ArgumentHelp("Publish an artifact; the file must not exist.", valueName: "name=file"))
  var output: [String] = []

  @Option(help: ArgumentHelp("Number of threads; the result is the same for any number.", valueName: "number"))
  var threads: Int?

  @Option(help: ArgumentHelp("A folder for checkpoints, from which a killed run is resumed.", valueName: "folder"))
  var work: String?

  @Flag(help: "Print the stage's inputs, outputs and params as JSON.")
  var describe = false

  @Flag(help: "Check the options and the names of inputs and outputs, and do nothing.")
  var check = false

  package init() {}

  package func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); give at least 1") }
  }

  /// Parses `NAME=FILE`: files by the names of their ports.
  ///
  /// - Parameter areRequired: `false` if ports may be missing that are not optional.
  /// - Throws: `ValidationError` if a port does not exist, is given twice, or is required and missing.
  static func bindings(
    _ words: [String], option: String, ports: [Port], areRequired: Bool = true
  ) throws -> [String: String] {
    var bindings: [String: String] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw ValidationError("--\(option) \(word): give it as NAME=FILE")
      }
      let name = String(parts[0])
      guard ports.contains(where: { $0.name == name }) else {
        let names = ports.map(\.name).joined(separator: ", ")
        throw ValidationError("no \(option) \"\(name)\"; there are: \(names)")
      }
      guard bindings.updateValue(String(parts[1]), forKey: name) == nil else {
        throw ValidationError("--\(option) \(name) is given twice")
      }
    }
    for port in ports where areRequired && !port.isOptional && bindings[port.name] == nil {
      throw ValidationError("no \(port.name): give --\(option) \(port.name)=FILE")
    }
    return bindings
  }
}
