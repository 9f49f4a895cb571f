import Foundation
import ModelVersions

/// A folder of its own for one test, removed with it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "tandem-versions-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A servable of 16 KiB: the shop of Examples with two dimensions and one epoch of the iALS.
  static let servable = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/shop.tandem").path

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Puts a servable where a server looks for one.
  ///
  /// - Returns: its path.
  @discardableResult
  func place(_ model: String, _ version: String) throws -> String {
    let folder = file("\(model)/\(version)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Self.servable, toPath: "\(folder)/\(ModelSource.fileName)")
    return "\(folder)/\(ModelSource.fileName)"
  }

  func label(_ model: String, _ text: String) throws {
    try FileManager.default.createDirectory(atPath: file(model), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: file("\(model)/\(ModelSource.labelsFileName)")), options: .atomic)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  /// Names in a folder, hidden ones too.
  func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file(folder)).sorted()
  }
}

/// Writes `bytes` over the first ones of a file, or cuts it short, as `cp` onto it does.
func overwrite(_ path: String, with bytes: [UInt8], isCut: Bool = false) throws {
  let handle = try FileHandle(forWritingTo: URL(filePath: path))
  if isCut { try handle.truncate(atOffset: 0) }
  try handle.write(contentsOf: Data(bytes))
  try handle.close()
}
