import Glibc

/// Where models come from.
package enum ModelSource: Sendable {
  /// A folder with `NAME/VERSION/servable.tandem`.
  case folder(String)
  /// One servable; whenever the path leads to another file, that is the next version.
  case file(String, name: String)

  package static let fileName = "servable.tandem"
  package static let labelsFileName = "labels.json"

  /// The version a folder's name stands for; nil for what is no version, such as a file that is being copied.
  package static func version(_ name: String) -> Int? {
    guard !name.isEmpty, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(name),
      String(number) == name
    else { return nil }
    return number
  }
}

/// The few things asked of folders.
enum Folder {
  /// Names in a folder, without those that begin with a dot; nil if it cannot be read.
  static func names(in path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
