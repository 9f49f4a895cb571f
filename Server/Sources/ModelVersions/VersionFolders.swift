import Logging

/// A snapshot of the versions in a model's folder.
struct VersionFolders {
  enum State {
    case there(FileIdentity)
    /// Something is there that cannot be read.
    case unreadable(SystemError)
  }

  /// The folders by version; those without a servable are left out.
  private(set) var states: [Int: State] = [:]
  /// The identities of the versions' servables, by version.
  private(set) var paths: [Int: String] = [:]
  /// The complaints about entries that are skipped, by path.
  private(set) var complaints: [String: Complaint] = [:]

  /// - Parameter names: the names in `folder`, without hidden ones.
  init(_ names: [String], in folder: String, _ files: some ModelFiles) {
    var folders: [Int: String] = [:]
    // `7` comes before `07` and `007`.
    let shortestFirst = names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    for name in shortestFirst where name != ModelSource.labelsFileName {
      let place = "\(folder)/\(name)"
      guard let number = ModelSource.version(name) else {
        complaints[place] = Complaint(.warning, Self.reason(passingOver: name, place))
        continue
      }
      let path = "\(place)/\(ModelSource.fileName)"
      if let taken = folders[number] {
        complaints[place] = Complaint(
          .warning, "\(place) is passed over: version \(number) is \(taken) already; remove or rename one of them")
        continue
      }
      do throws(SystemError) {
        guard let identity = try files.identity(of: path) else {
          complaints[place] = Complaint(
            .warning, "\(place) is passed over: it has no file \(ModelSource.fileName); put one there or remove it")
          continue
        }
        states[number] = .there(identity)
      } catch {
        states[number] = .unreadable(error)
        complaints[place] = Complaint(servedOn: error)
      }
      (folders[number], paths[number]) = (place, path)
    }
  }

  /// The versions, the greatest first.
  var numbers: [Int] { states.keys.sorted(by: >) }

  private static func reason(passingOver name: String, _ place: String) -> String {
    ModelSource.isNumber(name)
      ? "\(place) is passed over: the greatest version is \(Int.max); give it a lower number"
      : "\(place) is passed over: a version's folder is called by its number, as 7; "
        + "rename it, or hide it by a leading dot"
  }
}
