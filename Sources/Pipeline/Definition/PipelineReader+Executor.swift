extension PipelineReader {
  /// Reads `executor`: a word, or Slurm with its settings.
  mutating func executor(_ node: YAMLNode) -> ExecutorChoice? {
    if let text = node.scalar {
      switch text {
      case "local": return .local
      case ExecutorChoice.slurmName: return .slurm(SlurmSettings())
      default:
        report(node.place, "executor is \"\(text)\"\(suggestion(for: text, among: ExecutorChoice.names))")
        return nil
      }
    }
    let fields = fields(node, of: "executor", known: [ExecutorChoice.slurmName])
    return fields[ExecutorChoice.slurmName].map { .slurm(slurm($0)) }
  }

  private mutating func slurm(_ node: YAMLNode) -> SlurmSettings {
    let fields = fields(node, of: "slurm", known: ["partition", "account", "options"])
    var settings = SlurmSettings()
    settings.partition = fields["partition"].flatMap { slurmName($0, "partition") }
    settings.account = fields["account"].flatMap { slurmName($0, "account") }
    for option in list(fields["options"], "options") {
      let name = String(option.value.prefix { $0 != "=" })
      if !name.hasPrefix("--") || name.count < 3 || name.contains(" ") {
        report(option.place, "\"\(option.value)\" is not a long option of sbatch; write it as --NAME or --NAME=VALUE")
      } else if let remedy = SlurmSettings.reserved[name] {
        report(option.place, "options has \"\(name)\", which every job is given; \(remedy)")
      } else {
        settings.options.append(option.value)
      }
    }
    return settings
  }

  /// The name of a partition or an account, or several with commas.
  private mutating func slurmName(_ node: YAMLNode, _ what: String) -> String? {
    guard let text = word(node, what) else { return nil }
    let isName = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar || "-_.,".unicodeScalars.contains(scalar))
    }
    guard isName, !text.hasPrefix("-") else {
      report(node.place, "\(what) is \"\(text)\"; give a name of letters, digits, \"-\", \"_\" and \".\"")
      return nil
    }
    return text
  }
}
