import CSystemCalls
import Glibc
import SystemFiles

/// A pipe, both ends closed in children.
struct Pipe: Sendable {
  let reader: FileDescriptor
  let writer: FileDescriptor

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard unsafe cs_pipe(&ends) == 0 else { throw .system(operation: "pipe", code: errno) }
    reader = FileDescriptor(ends[0])
    writer = FileDescriptor(ends[1])
  }
}
