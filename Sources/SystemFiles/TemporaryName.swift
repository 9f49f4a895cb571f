import Glibc

/// The name of a temporary file or folder, `.NAME.HOST.PROCESS.START.NUMBER.tmp`: whose it is, and what will become of
/// it.
struct TemporaryName: Equatable {
  let owner: ProcessIdentity
  let text: String

  /// A new one, of this process.
  init(for name: String) {
    owner = .current
    // A file name has at most 255 bytes.
    let name = String(decoding: name.utf8.prefix(100), as: UTF8.self)
    text = ".\(name).\(owner.host).\(owner.number).\(owner.start).\(UInt32.random(in: 0...UInt32.max)).tmp"
  }

  init?(parsing text: String) {
    guard text.hasPrefix("."), text.hasSuffix(".tmp") else { return nil }
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    guard fields.count >= 7, UInt32(fields[fields.count - 2]) != nil, let start = UInt64(fields[fields.count - 3]),
      let number = Int32(fields[fields.count - 4]), number > 0
    else { return nil }
    owner = ProcessIdentity(host: String(fields[fields.count - 5]), number: number, start: start)
    self.text = text
  }
}
