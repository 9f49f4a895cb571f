import CSystemCalls
import Glibc

/// The standard output of a program, whose buffer is written when the program ends.
package enum StandardOutput {
  /// Ends this program with exit code 1 and a line that says why, where not all that it printed could be written: a
  /// full disk must not look like a short answer.
  package static func mustArrive() {
    atexit {
      let code = cs_flush_output()
      guard code != 0 else { return }
      StandardError.write(
        line: "\(Files.name(of: CommandLine.arguments[0])): standard output: "
          + "\(SystemError.system(operation: "write", code: code))")
      _exit(1)
    }
  }
}
