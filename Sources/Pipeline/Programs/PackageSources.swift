import Artifacts
import CanonicalJSON
import SystemFiles

/// Digests of this package's sources, and of the part of them that each stage program is built from.
struct PackageSources {
  let root: String
  /// Changes with any file that a build reads.
  let digest: String
  /// Digests of the targets' folders.
  let targets: [String: String]

  init(root: String) throws {
    self.root = root
    var targets: [String: String] = [:]
    for target in try Files.list("\(root)/Sources") where Files.isFolder("\(root)/Sources/\(target)") {
      targets[target] = try SourceDigest.of("\(root)/Sources/\(target)").hexadecimal
    }
    self.targets = targets
    let manifest = try SourceDigest.of("\(root)/Package.swift").hexadecimal
    let pins = (try? SourceDigest.of("\(root)/Package.resolved").hexadecimal) ?? ""
    let json: JSON = [
      "manifest": JSON(manifest), "pins": JSON(pins), "targets": .object(targets.mapValues { JSON($0) }),
    ]
    digest = Digest.of(json.text).hexadecimal
  }

  /// Identities of the stage programs: the executables that are built on StageKit.
  ///
  /// - Parameter description: what `swift package dump-package` prints.
  func identities(_ description: JSON) throws -> [String: String] {
    var dumped: [String: JSON] = [:]
    for target in description["targets"]?.array ?? [] {
      if let name = target["name"]?.string { dumped[name] = target }
    }
    let pins = try pins()
    var identities: [String: String] = [:]
    for (name, target) in dumped where target["type"]?.string == "executable" {
      guard Self.dependencies(target).contains("StageKit") else { continue }
      var closure: [String: JSON] = [:]
      var waiting = [name]
      while let next = waiting.popLast() {
        guard closure[next] == nil, let target = dumped[next], let digest = targets[next] else { continue }
        closure[next] = ["files": JSON(digest), "manifest": JSON(Digest.of(target.text).hexadecimal)]
        waiting += Self.dependencies(target)
      }
      let json: JSON = ["program": JSON(name), "targets": .object(closure), "packages": pins]
      identities[name] = Digest.of(json.text).hexadecimal
    }
    return identities
  }

  /// Names of targets and products that a target names.
  private static func dependencies(_ target: JSON) -> [String] {
    (target["dependencies"]?.array ?? []).flatMap { dependency in
      (dependency.object ?? [:]).values.compactMap { $0.array?.first?.string }
    }
  }

  /// Versions of other packages, as they were resolved.
  private func pins() throws -> JSON {
    let path = "\(root)/Package.resolved"
    guard Files.exists(path) else { return [:] }
    let resolved = try naming(path) { try JSON.parse(Files.read(path, limit: 16 << 20)) }
    var pins: [String: JSON] = [:]
    for pin in resolved["pins"]?.array ?? [] {
      if let name = pin["identity"]?.string { pins[name] = pin["state"]?["revision"] ?? .null }
    }
    return .object(pins)
  }
}
