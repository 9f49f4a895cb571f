import Glibc

/// Writes lines for people to standard error, apart from a program's output.
package enum StandardError {
  package static func write(line: String) {
    // Nobody can be told that standard error is gone.
    try? ReaderOutput.write(Array("\(line)\n".utf8), to: STDERR_FILENO)
  }
}
