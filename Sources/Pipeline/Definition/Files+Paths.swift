import Artifacts
import Glibc
import SystemFiles

extension Files {
  /// A path that is relative to `folder`, as seen from where `folder` is named; an absolute one as it is.
  package static func path(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    var rest = path[...]
    var folder = folder
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    // "pipelines/../artifacts" reads better as "artifacts"; behind a link it would be another folder.
    while rest.hasPrefix("../"), folder != ".", folder != "/", name(of: folder) != "..", !isLink(folder) {
      rest = rest.dropFirst(3)
      folder = self.folder(of: folder)
    }
    return folder == "." ? String(rest) : "\(folder)/\(rest)"
  }

  /// The same file by a path that holds in any working folder; `path` as it is if this one has no path, being removed.
  static func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(folder) }
    return unsafe "\(String(cString: folder))/\(path)"
  }
}
