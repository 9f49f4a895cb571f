import ArgumentParser
import Artifacts
import CanonicalJSON
import DisplayText
import Glibc
import Kernels
import ParallelLoops
import SystemFiles

/// The end of a stage program: its exit code, and its lines on standard output and standard error.
struct Ending: Equatable {
  var code: Int32 = 0
  var output: String?
  var complaint: String?
}

extension Stage {
  package static func main() {
    // A closed pipe is a failed write, not a silent death.
    signal(SIGPIPE, SIG_IGN)
    let ending = respond(to: Array(CommandLine.arguments.dropFirst()))
    if let complaint = ending.complaint { StandardError.write(line: complaint) }
    if let output = ending.output {
      do {
        try FileDescriptor(STDOUT_FILENO).write(Array("\(output)\n".utf8))
      } catch {
        StandardError.write(line: "\(name): standard output: \(error)")
        Glibc.exit(1)
      }
    }
    Glibc.exit(ending.code)
  }

  /// Runs a command line, and gives what `main` prints and exits with.
  static func respond(to words: [String]) -> Ending {
    if words.contains("--describe") { return Ending(output: description.text) }
    do {
      let words = try ParamsFile.expand(words, defaults: Params(of: defaults))
      let stage = try parse(words)
      let params = Params(of: stage)
      try params.refuseRepeats(in: words)
      try params.checkFinite()
      let context = try stage.context(params)
      try stage.check(context.given)
      if stage.files.check { return Ending() }
      try context.check()
      if try context.isBlockDone() {
        context.note("this block was done before")
        return Ending()
      }
      try stage.run(in: context)
      if let blocks = context.blocks, blocks.only == nil { blocks.removeAll() }
      return Ending()
    } catch {
      let code = exitCode(for: error)
      if code == .success { return Ending(output: fullMessage(for: error)) }
      let isUsage = code == .validationFailure
      let lines = (isUsage ? message(for: error) : "\(error)").split(whereSeparator: \.isNewline)
      let line = lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
      return Ending(code: isUsage ? 64 : 1, complaint: "\(name): \(line.printable)")
    }
  }

  private func context(_ params: Params) throws -> StageContext {
    let inputs = try StageFiles.bindings(files.input, option: "input", ports: Self.inputs)
    let blocks = try (self as? any DivisibleStage)?.blocks.division(in: files.work)
    let sources = Self.inputs.filter { $0.kind == .source }.compactMap { port in
      inputs[port.name].map { (port.name, $0) }
    }
    return StageContext(
      name: Self.name, inputs: inputs,
      outputs: try StageFiles.bindings(
        files.output, option: "output", ports: Self.outputs, areRequired: blocks?.only == nil), ports: Self.inputs,
      lineageParams: params.values, version: Self.version, work: files.work,
      threads: files.threads ?? availableProcessors(),
      // Sources that cannot be read are refused by the check that follows.
      fingerprints: Dictionary(uniqueKeysWithValues: sources).compactMapValues { try? SourceFingerprint($0) },
      blocks: blocks)
  }
}

extension Params {
  /// Refuses an option that is given twice; which of the two was meant cannot be known.
  func refuseRepeats(in words: [String]) throws {
    let single = Set(all.filter { !$0.type.isList }.map(\.name)).union(["threads", "work", "blocks", "block"])
    var seen: Set<String> = []
    for word in words where word.hasPrefix("--") {
      let name = String(word.dropFirst(2).prefix { $0 != "=" })
      guard single.contains(name) else { continue }
      guard seen.insert(name).inserted else { throw ValidationError("--\(name) is given twice") }
    }
  }
}
