import Glibc

/// The reason why the system, or what it has under a name, does not let a file be read, written or published. One line
/// each; the file is named by `FileError`.
package enum SystemError: Error, Equatable {
  case notARegularFile
  case noFolder
  /// A name that is to be published is taken.
  case alreadyExists
  /// A name in a folder that is not UTF-8.
  case nameIsNotText
  case tooLarge(size: Int, limit: Int)
  /// A call that failed with an error number.
  case system(operation: String, code: Int32)
}

extension SystemError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notARegularFile: "not a regular file"
    case .noFolder: "no such folder; make it first"
    case .alreadyExists: "exists already; published files are never replaced, remove it or name another"
    case .nameIsNotText: "the folder: a name in it is not UTF-8; rename it"
    case .tooLarge(let size, let limit): "the file has \(size) bytes, and \(limit) is the most allowed"
    case .system(let operation, let code): "\(operation): \(systemMessage(code))"
    }
  }
}

/// The C library's message for an error number.
package func systemMessage(_ code: Int32) -> String {
  switch code {
  case ENOSPC: "no space left on the disk"
  case EDQUOT: "the disk quota is used up"
  case ENOENT: "no such file or folder"
  default: unsafe String(cString: strerror(code)).lowercased()
  }
}
