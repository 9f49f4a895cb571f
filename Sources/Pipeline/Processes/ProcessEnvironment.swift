import Artifacts
import Glibc

/// Variables that programs are given.
enum ProcessEnvironment {
  /// All variables of this process, for what no cache key depends on, such as a build or a download.
  static var inherited: [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return variables
  }

  /// The variables of a stage: none by which two machines would come to different results, but for those that the
  /// pipeline declares, which count as params do.
  static func ofStage(declared: [String: String?]) -> [String: String] {
    let names: Set = ["PATH", "HOME", "TMPDIR"]
    var environment = inherited.filter { names.contains($0.key) }
    environment["LANG"] = "C.UTF-8"
    for (name, value) in declared { environment[name] = value }
    return environment
  }

  /// The path of a program that the shell would find by its name.
  static func find(_ program: String) -> String? {
    (inherited["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 && !Files.isFolder($0) }
  }
}
