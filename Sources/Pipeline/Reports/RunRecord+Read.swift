import Artifacts
import CanonicalJSON

extension RunRecord.Entry {
  /// Reads what `RunRecord.json` wrote.
  ///
  /// - Returns: `nil` where a field is missing that every entry has.
  init?(_ json: JSON?, in store: Store) {
    guard let json, let stage = json["stage"]?.string, let decision = json["decision"]?.string,
      let reasons = json["reasons"]?.string, let result = json["result"]?.string
    else { return nil }
    self.init(stage: stage, decision: decision, reasons: reasons, result: result)
    key = json["key"]?.string
    params = json["params"]?.object ?? [:]
    inputs = (json["inputs"]?.object ?? [:]).compactMapValues { $0.string.flatMap { Digest(hexadecimal: $0) } }
    attempts = json["attempts"]?.integer ?? 1
    log = json["log"]?.string
    failure = json["failure"]?.string
    if let path = json["program"]?["path"]?.string, let identity = json["program"]?["identity"]?.string {
      program = Program(path: path, identity: identity)
    }
    outcome = ProcessOutcome(json)
    version = json["version"]?.string
    // Highlights stand in the outputs themselves.
    if let version, let published = try? PublishedVersion(stage: stage, name: version, in: store) { take(published) }
  }
}

extension ProcessOutcome {
  fileprivate init?(_ json: JSON) {
    guard let seconds = json["seconds"]?.number else { return nil }
    let ending: Ending
    if let code = json["exit_code"]?.integer.flatMap({ Int32(exactly: $0) }) {
      ending = .exited(code: code)
    } else if let signal = json["signal"]?.integer.flatMap({ Int32(exactly: $0) }) {
      ending = .killed(signal: signal)
    } else {
      return nil
    }
    self.init(
      ending, seconds: seconds, processorSeconds: json["processor_seconds"]?.number,
      peakBytes: json["peak_bytes"]?.integer)
  }
}
