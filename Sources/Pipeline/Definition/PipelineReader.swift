import Artifacts
import SystemFiles

/// Reads the grammar of a pipeline file. Problems are collected, so that all are reported at once.
package struct PipelineReader {
  static let maximumStages = 1000

  package let path: String
  package let text: String
  package private(set) var problems: [Diagnostic] = []

  /// - Throws: `FileError` where there is no such file; `InvalidPipeline` where it is not UTF-8.
  package init(path: String) throws {
    let bytes = try Files.read(path, limit: 64 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let diagnostic = Diagnostic(.file(line: 1, column: 1), "it is not UTF-8")
      throw InvalidPipeline(path: path, text: "", diagnostics: [diagnostic])
    }
    self.init(path: path, text: text)
  }

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  package func error(_ diagnostics: [Diagnostic]) -> InvalidPipeline {
    InvalidPipeline(path: path, text: text, diagnostics: diagnostics)
  }

  /// The part of the file that can be understood; `problems` has the rest.
  ///
  /// - Throws: `InvalidPipeline` where it is not YAML at all.
  package mutating func read() throws -> PipelineDefinition {
    let root: YAMLNode
    do { root = try YAMLReader.read(text) } catch { throw self.error([error]) }
    let fields = fields(
      root, of: "a pipeline", known: ["name", "artifacts", "executor", "sources", "stages", "notify"])
    var definition = PipelineDefinition(
      name: fields["name"].flatMap { word($0, "name") } ?? Self.baseName(path),
      artifacts: fields["artifacts"].flatMap { word($0, "artifacts") } ?? "artifacts", sources: [], stages: [])
    definition.executor = fields["executor"].flatMap { executor($0) }
    for (name, node) in entries(fields["sources"], "sources") {
      if let source = source(name, node) { definition.sources.append(source) }
    }
    if let node = fields["notify"] { definition.notify = notify(node) }
    guard let stages = fields["stages"], !stages.isNull else {
      report(root.place, "no \"stages\"; a pipeline has at least one")
      return definition
    }
    let named = entries(stages, "stages")
    guard named.count <= Self.maximumStages else {
      report(stages.place, "\(named.count) stages, and \(Self.maximumStages) are the most")
      return definition
    }
    for (name, node) in named {
      if [Store.runsFolder, "sources"].contains(name.value) {
        report(name.place, "\"\(name.value)\" is reserved; choose another name for the stage")
      }
      definition.stages.append(stage(name, node))
    }
    return definition
  }

  private static func baseName(_ path: String) -> String {
    let name = Files.name(of: path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  mutating func report(_ place: Place, _ message: String) { problems.append(Diagnostic(place, message)) }

  private mutating func source(_ name: Located<String>, _ node: YAMLNode) -> SourceDefinition? {
    let fields = fields(
      node, of: "source \"\(name.value)\"", known: ["path", "fetch", "command", "digest", "kind", "refresh"])
    guard let path = fields["path"] else {
      if case .mapping = node.content { report(name.place, "source \"\(name.value)\" has no path") }
      return nil
    }
    var digests: [Digest] = []
    for item in list(fields["digest"], "digest") {
      if let digest = Digest(hexadecimal: item.value) {
        digests.append(digest)
      } else {
        report(item.place, "a digest has 64 lower-case hexadecimal digits")
      }
    }
    guard let path = word(path, "path") else { return nil }
    var source = SourceDefinition(
      name: name, path: path, fetch: fields["fetch"].flatMap { word($0, "fetch") }, digests: digests)
    readCommand(fields["command"], into: &source)
    if let node = fields["kind"], let kind = word(node, "kind") {
      if !["raw", "artifact"].contains(kind) { report(node.place, "kind is \"\(kind)\"; give raw or artifact") }
      source.isArtifact = kind == "artifact"
    }
    if let node = fields["refresh"], let text = word(node, "refresh") {
      if let refresh = Self.refresh(text) {
        source.refresh = refresh
      } else {
        report(node.place, "refresh is \"\(text)\"; give missing, always, or an age such as 90m, 12h or 7d")
      }
      if !source.isFetched { report(node.place, "refresh goes with fetch or command") }
    }
    return source
  }

  /// One command for either end, or a mapping with a command for each.
  private mutating func notify(_ node: YAMLNode) -> NotifyDefinition {
    guard case .mapping = node.content else {
      let command = notifyCommand(node, "notify")
      return NotifyDefinition(success: command, failure: command)
    }
    let fields = fields(node, of: "notify", known: ["success", "failure"])
    if fields.isEmpty { report(node.place, "notify is empty; give success, failure or both") }
    return NotifyDefinition(
      success: fields["success"].map { notifyCommand($0, "success") } ?? [],
      failure: fields["failure"].map { notifyCommand($0, "failure") } ?? [])
  }

  private mutating func notifyCommand(_ node: YAMLNode, _ what: String) -> [String] {
    let words = list(node, what)
    if words.isEmpty, node.scalar == nil || node.isNull {
      report(node.place, "\(what) is empty; give a program and its arguments, such as [./tell, team@example.org]")
    }
    reportPasswords(words)
    return words.map(\.value)
  }

  private mutating func readCommand(_ node: YAMLNode?, into source: inout SourceDefinition) {
    guard let node else { return }
    let words = list(node, "command")
    source.command = words.map(\.value)
    if words.isEmpty { report(node.place, "command is empty; give a program and its arguments, such as [psql, -c, …]") }
    if source.fetch != nil { report(node.place, "fetch and command both make the data; give one of them") }
    reportPasswords(words)
  }

  private mutating func reportPasswords(_ words: [Located<String>]) {
    for word in words where Self.hasPassword(word.value) {
      report(
        word.place,
        "a password stands in the file; give it by the environment, as in PGPASSWORD=… runner, which the command sees")
    }
  }

  /// `true` of a URL with a password, or of a connection string that names one.
  private static func hasPassword(_ text: String) -> Bool {
    for word in text.split(separator: " ") {
      if word.lowercased().hasPrefix("password="), !word.hasSuffix("=") { return true }
      guard let scheme = word.firstRange(of: "://") else { continue }
      let authority = word[scheme.upperBound...].prefix { $0 != "/" }
      guard let end = authority.lastIndex(of: "@"), let colon = authority[..<end].firstIndex(of: ":") else { continue }
      // A variable of a shell is no password.
      let password = authority[authority.index(after: colon)..<end]
      if !password.isEmpty, !password.hasPrefix("$") { return true }
    }
    return false
  }

  private static func refresh(_ text: String) -> SourceDefinition.Refresh? {
    switch text {
    case "missing": return .missing
    case "always": return .always
    default: return seconds(text).map { .seconds($0) }
    }
  }

  private static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), 1...1_000_000 ~= count else {
      return nil
    }
    return count * unit
  }

  private mutating func stage(_ name: Located<String>, _ node: YAMLNode) -> StageDefinition {
    let fields = fields(
      node, of: "stage \"\(name.value)\"",
      known: ["program", "depends", "environment", "inputs", "params", "resources", "timeout", "retries", "blocks"])
    var stage = StageDefinition(
      name: name, program: Located(name.value, at: name.place), depends: list(fields["depends"], "depends"),
      environment: list(fields["environment"], "environment"), inputs: [], params: [])
    if let node = fields["program"], let program = word(node, "program") {
      stage.program = Located(program, at: node.place)
    }
    for variable in stage.environment where variable.value.isEmpty || variable.value.contains("=") {
      report(variable.place, "\"\(variable.value)\" is not a valid variable name")
    }
    for (input, node) in entries(fields["inputs"], "inputs") {
      guard let text = word(node, input.value) else { continue }
      guard let reference = Reference(text) else {
        report(node.place, "\"\(text)\" is not an input; write STAGE.OUTPUT or sources.NAME")
        continue
      }
      stage.inputs.append(.init(name: input, reference: Located(reference, at: node.place)))
    }
    for (param, node) in entries(fields["params"], "params", anyName: true) {
      stage.params.append(.init(name: param, value: node))
    }
    stage.limits = limits(fields)
    stage.blocksPlace = fields["blocks"]?.place
    return stage
  }

  private mutating func limits(_ stage: [String: YAMLNode]) -> StageLimits {
    var limits = StageLimits()
    if let node = stage["resources"] {
      let resources = fields(node, of: "resources", known: ["cpus", "memory", "time"])
      limits.cpus = number(resources["cpus"], "cpus", 1...4096)
      if let node = resources["memory"], let text = word(node, "memory") {
        limits.memory = ByteSize(text)
        if limits.memory == nil { report(node.place, "memory is \"\(text)\"; give \(ByteSize.examples)") }
      }
      limits.time = resources["time"].flatMap { time($0, "time") }
    }
    limits.timeout = stage["timeout"].flatMap { time($0, "timeout") }
    limits.blocks = number(stage["blocks"], "blocks", 1...StageLimits.mostBlocks) ?? 1
    limits.retries = number(stage["retries"], "retries", 0...StageLimits.mostRetries) ?? 0
    return limits
  }

  private mutating func time(_ node: YAMLNode, _ what: String) -> StageLimits.Timeout? {
    guard let text = word(node, what) else { return nil }
    let time = Self.seconds(text).map { StageLimits.Timeout(seconds: $0, text: text) }
    if time == nil { report(node.place, "\(what) is \"\(text)\"; give a time such as 30s, 90m, 12h or 7d") }
    return time
  }

  private mutating func number(_ node: YAMLNode?, _ what: String, _ range: ClosedRange<Int>) -> Int? {
    guard let node, let text = word(node, what) else { return nil }
    guard let number = Int(text), range ~= number else {
      report(node.place, "\(what) is \"\(text)\"; give a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  /// The fields of a mapping that are known; the others are reported.
  mutating func fields(_ node: YAMLNode, of what: String, known: [String]) -> [String: YAMLNode] {
    var fields: [String: YAMLNode] = [:]
    for (name, value) in entries(node, what, anyName: true) {
      if known.contains(name.value) {
        fields[name.value] = value
      } else {
        report(name.place, "\(what) has no \"\(name.value)\"\(suggestion(for: name.value, among: known))")
      }
    }
    return fields
  }

  /// Names and values of a mapping, in their order.
  private mutating func entries(
    _ node: YAMLNode?, _ what: String, anyName: Bool = false
  ) -> [(name: Located<String>, value: YAMLNode)] {
    guard let node, !node.isNull else { return [] }
    guard case .mapping(let pairs) = node.content else {
      report(node.place, "\(what): expected a mapping (\"name: value\"), found \(node.kind)")
      return []
    }
    var entries: [(name: Located<String>, value: YAMLNode)] = []
    for (key, value) in pairs {
      guard let name = key.scalar else {
        report(key.place, "\(what): expected a name, found \(key.kind)")
        continue
      }
      if !anyName, !Self.isName(name) {
        report(key.place, "\"\(name)\" is not a valid name: use letters, digits, \"-\" and \"_\", 64 at the most")
        continue
      }
      entries.append((Located(name, at: key.place), value))
    }
    return entries
  }

  static func isName(_ text: String) -> Bool {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isPlain && (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
  }

  mutating func word(_ node: YAMLNode, _ what: String) -> String? {
    guard let text = node.scalar, !node.isNull, !text.isEmpty, !text.utf8.contains(0) else {
      report(node.place, "\(what): expected text, found \(node.isNull ? "nothing" : node.kind)")
      return nil
    }
    return text
  }

  /// A list of texts, or one alone.
  mutating func list(_ node: YAMLNode?, _ what: String) -> [Located<String>] {
    guard let node, !node.isNull else { return [] }
    let items = if case .sequence(let items) = node.content { items } else { [node] }
    var texts: [Located<String>] = []
    for item in items {
      if let text = word(item, what) { texts.append(Located(text, at: item.place)) }
    }
    return texts
  }
}
