import Artifacts
import Glibc
import SystemFiles

/// A folder of its own for one test, removed with it.
package final class Scratch: Sendable {
  package let path: String

  package init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/tandem-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError(base, SystemError.system(operation: "mkdtemp", code: errno))
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Files.remove(path) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Names in the folder, temporaries included.
  package var names: [String] { (try? Files.list(path)) ?? [] }

  /// Writes bytes as they are, in place of what was there.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    unlink(file(name))
    let descriptor = try FileDescriptor.open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    try bytes.withUnsafeBytes { try descriptor.write($0) }
    try descriptor.close()
    return file(name)
  }
}

/// The `ArtifactError` behind what `body` throws, or nil.
package func artifactError(_ body: () throws -> Void) -> ArtifactError? { cause(body) }

/// The `SystemError` behind what `body` throws, or nil.
package func systemError(_ body: () throws -> Void) -> SystemError? { cause(body) }

private func cause<Failure: Error>(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch let error as FileError { return error.cause as? Failure } catch { return error as? Failure }
  return nil
}

extension ArtifactType { package static let test = ArtifactType("test", version: 2) }

extension Lineage { package static let none = Lineage(stage: "test", stageVersion: 1) }
