/// The source of models: a folder, or one file.
package enum ModelSource: Sendable {
  /// A folder with `NAME/VERSION/servable.tandem`.
  case folder(String)
  /// One servable; whenever the path leads to another file, that is the next version.
  case file(String, name: String)

  package static let fileName = "servable.tandem"
  package static let labelsFileName = "labels.json"

  /// Returns the version of a folder's name, as TensorFlow Serving reads it: `007` is version 7.
  ///
  /// - Returns: `nil` for other names, such as those of files being copied, and for numbers above `Int.max`.
  package static func version(_ name: String) -> Int? { isNumber(name) ? Int(name) : nil }

  /// `true` if the name is of digits only, whether or not there is such a version.
  static func isNumber(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
