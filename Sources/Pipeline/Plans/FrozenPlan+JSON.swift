import Artifacts
import CanonicalJSON
import SystemFiles

extension FrozenPlan {
  /// Writes the plan into the folder of its run.
  package func publish() throws {
    try Files.publish(json.document, to: path, replacing: false)
  }

  /// - Throws: `PlanError` where the file is no plan that this version reads.
  package init(path: String) throws {
    let json: JSON
    do { json = try JSON.parse(Files.read(path, limit: 256 << 20)) } catch {
      throw PlanError.unreadable(path: path, reason: error is FileError ? "it cannot be read" : "\(error)")
    }
    if let format = json["format"]?.integer, format != Self.format {
      throw PlanError.otherFormat(path: path, found: format)
    }
    guard let plan = Self(json) else { throw PlanError.unreadable(path: path, reason: "a field is missing") }
    self = plan
  }

  private var json: JSON {
    [
      "format": JSON(Self.format), "run": JSON(run), "pipeline": JSON(pipeline), "store": JSON(store.root),
      "working_folder": JSON(workingFolder),
      "file": JSON(file), "file_digest": JSON(fileDigest.hexadecimal), "revision": JSON(optional: revision),
      "forced": .bool(isForced), "moves_latest": .bool(movesLatest), "threads": JSON(optional: threads),
      "slurm": slurm.map(Self.json) ?? .null, "planned": JSON(planned),
      "sources": .object(
        Dictionary(sources.map { ($0.name, ["artifact": .bool($0.isArtifact), "file": $0.file.json]) }) { $1 }),
      "stages": .array(
        stages.map { stage in
          [
            "stage": Self.json(stage.checked), "decision": JSON(stage.decision), "reasons": JSON(stage.reasons),
            "version": JSON(optional: stage.version), "files": .array(stage.files.map(\.json)),
          ]
        }),
    ]
  }

  private init?(_ json: JSON) {
    guard let run = json["run"]?.string, let pipeline = json["pipeline"]?.string, let store = json["store"]?.string,
      let workingFolder = json["working_folder"]?.string, let file = json["file"]?.string,
      let fileDigest = json["file_digest"]?.string.flatMap({ Digest(hexadecimal: $0) }),
      let isForced = json["forced"]?.bool, let planned = json["planned"]?.integer,
      let sources = json["sources"]?.object, let stages = json["stages"]?.array
    else { return nil }
    self.run = run
    self.pipeline = pipeline
    self.store = Store(root: store)
    self.workingFolder = workingFolder
    self.file = file
    self.fileDigest = fileDigest
    self.isForced = isForced
    self.planned = planned
    revision = json["revision"]?.string
    movesLatest = json["moves_latest"]?.bool ?? true
    threads = json["threads"]?.integer
    slurm = json["slurm"].flatMap { $0 == .null ? nil : Self.settings($0) }
    var readSources: [Source] = []
    for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
      guard let file = KnownFile(source["file"]) else { return nil }
      readSources.append(Source(name: name, isArtifact: source["artifact"]?.bool ?? false, file: file))
    }
    self.sources = readSources
    var readStages: [Stage] = []
    for stage in stages {
      guard let checked = Self.stage(stage["stage"]), let decision = stage["decision"]?.string,
        let files = stage["files"]?.array
      else { return nil }
      let known = files.compactMap { KnownFile($0) }
      guard known.count == files.count else { return nil }
      readStages.append(
        Stage(
          checked: checked, decision: decision, reasons: stage["reasons"]?.string ?? "",
          version: stage["version"]?.string, files: known))
    }
    self.stages = readStages
  }

  static func json(_ settings: SlurmSettings) -> JSON {
    [
      "partition": JSON(optional: settings.partition), "account": JSON(optional: settings.account),
      "options": JSON(settings.options),
    ]
  }

  private static func settings(_ json: JSON) -> SlurmSettings {
    var settings = SlurmSettings()
    settings.partition = json["partition"]?.string
    settings.account = json["account"]?.string
    settings.options = json["options"]?.array?.compactMap(\.string) ?? []
    return settings
  }

  static func json(_ stage: CheckedStage) -> JSON {
    [
      "name": JSON(stage.name), "program": JSON(stage.program.path), "identity": JSON(stage.program.identity),
      "description": stage.description.json, "inputs": .object(stage.inputs.mapValues { JSON("\($0)") }),
      "params": .object(stage.givenParams), "options": .object(stage.options),
      "environment": .object(stage.environment.mapValues { JSON(optional: $0) }),
      "limits": stage.limits.json, "read_outputs": JSON(stage.readOutputs.sorted()), "depends": JSON(stage.depends),
    ]
  }

  private static func stage(_ json: JSON?) -> CheckedStage? {
    guard let json, let name = json["name"]?.string, let program = json["program"]?.string,
      let identity = json["identity"]?.string, let described = json["description"],
      let description = try? StageDescription(Array(described.text.utf8)), let references = json["inputs"]?.object,
      let params = json["params"]?.object, let environment = json["environment"]?.object
    else { return nil }
    let inputs = references.compactMapValues { $0.string.flatMap { Reference($0) } }
    guard inputs.count == references.count else { return nil }
    return CheckedStage(
      name: name, program: Program(path: program, identity: identity), description: description, inputs: inputs,
      givenParams: params, options: json["options"]?.object ?? [:], environment: environment.mapValues(\.string),
      limits: StageLimits(json["limits"]), depends: json["depends"]?.array?.compactMap(\.string) ?? [],
      readOutputs: Set(json["read_outputs"]?.array?.compactMap(\.string) ?? []))
  }
}

extension FrozenPlan.KnownFile {
  fileprivate var json: JSON {
    ["path": JSON(path), "digest": JSON(digest.hexadecimal), "fingerprint": JSON(fingerprint.hexadecimal)]
  }

  fileprivate init?(_ json: JSON?) {
    guard let json, let path = json["path"]?.string,
      let digest = json["digest"]?.string.flatMap({ Digest(hexadecimal: $0) }),
      let fingerprint = json["fingerprint"]?.string.flatMap({ Digest(hexadecimal: $0) })
    else { return nil }
    self.init(path: path, digest: digest, fingerprint: fingerprint)
  }
}

extension StageLimits {
  fileprivate var json: JSON {
    [
      "cpus": JSON(optional: cpus), "memory": memory.map { JSON($0.bytes) } ?? .null,
      "timeout": timeout?.json ?? .null, "time": time?.json ?? .null, "retries": JSON(retries),
      "blocks": JSON(blocks),
    ]
  }

  fileprivate init(_ json: JSON?) {
    self.init()
    cpus = json?["cpus"]?.integer
    memory = json?["memory"]?.integer.map { ByteSize(bytes: $0) }
    timeout = json?["timeout"].flatMap { Timeout($0) }
    time = json?["time"].flatMap { Timeout($0) }
    retries = json?["retries"]?.integer ?? 0
    blocks = json?["blocks"]?.integer ?? 1
  }
}

extension StageLimits.Timeout {
  fileprivate var json: JSON { ["seconds": JSON(seconds), "text": JSON(text)] }

  fileprivate init?(_ json: JSON) {
    guard let seconds = json["seconds"]?.integer, let text = json["text"]?.string else { return nil }
    self.init(seconds: seconds, text: text)
  }
}
