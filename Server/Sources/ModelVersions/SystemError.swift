import Glibc

/// A failed system call, with its path.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let operation: String
  package let code: Int32

  package init(_ path: String, _ operation: String, _ code: Int32 = errno) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  package var description: String { "\(path): \(operation) failed: \(reason)" }

  package var reason: String {
    switch code {
    case ENOSPC: "no space left on the disk"
    case EDQUOT: "the disk quota is used up"
    case ENOENT: "no such file or folder"
    default: String(cString: strerror(code)).lowercased()
    }
  }

  /// `true` if nothing is at the path, `false` if what is there cannot be reached.
  var meansAbsence: Bool { code == ENOENT || code == ENOTDIR }

  /// `true` if an error of opening a servable is the system's, `false` if the contents are at fault.
  ///
  /// Errors of files are not public, so they are recognised by their shape: `FileError.cause`, and its
  /// `SystemError.system`. A test holds them to it.
  package static func isBehind(_ error: any Error) -> Bool {
    if error is SystemError { return true }
    let children = Mirror(reflecting: error).children
    if let cause = children.first(where: { $0.label == "cause" })?.value as? any Error { return isBehind(cause) }
    return children.contains { $0.label == "system" }
  }
}
