import SystemFiles

/// Variables that programs are given.
enum ProcessEnvironment {
  /// All variables of this process, for what no cache key depends on, such as a build or a download.
  static var inherited: [String: String] { Host.environment }

  /// The variables of a stage: none by which two machines would come to different results, except for those that the
  /// pipeline declares, which count as params do.
  static func ofStage(declared: [String: String?]) -> [String: String] {
    var environment = inherited.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
    environment["LANG"] = "C.UTF-8"
    for (name, value) in declared { environment[name] = value }
    return environment
  }

  /// The path of a program: of one with a slash as it is seen from a folder, of another as a shell would find it.
  static func find(_ program: String, from folder: String) -> String? {
    guard program.contains("/") else { return find(program) }
    let path = Files.path(program, in: folder)
    return Host.isExecutable(path) ? path : nil
  }

  /// The path of a program that a shell would find by its name.
  static func find(_ program: String) -> String? {
    (inherited["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }.first { Host.isExecutable($0) }
  }
}
