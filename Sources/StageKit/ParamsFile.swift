import ArgumentParser
import Artifacts
import CanonicalJSON
import SystemFiles

/// `--params-file FILE`: a JSON object, each entry of which stands for an option, a list for one given repeatedly.
enum ParamsFile {
  /// Replaces each `--params-file` by the options that the file stands for.
  ///
  /// - Parameter defaults: the stage's params at their defaults.
  static func expand(_ words: [String], defaults: Params) throws -> [String] {
    var expanded: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--params-file" {
        guard let path = rest.popFirst() else { throw ValidationError("--params-file: give a file") }
        expanded += try options(in: path, defaults)
      } else if word.hasPrefix("--params-file=") {
        expanded += try options(in: String(word.dropFirst("--params-file=".count)), defaults)
      } else {
        expanded.append(word)
      }
    }
    return spelled(expanded)
  }

  /// The command-line words that give params these values.
  static func words(for values: [String: JSON], defaults: Params) throws(ParamsError) -> [String] {
    let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var words: [String] = []
    for name in names { words += try options(name, values[name] ?? .null, defaults) }
    return spelled(words)
  }

  /// Splits `--name=` in two, since ArgumentParser takes it for an option without a value.
  private static func spelled(_ words: [String]) -> [String] {
    words.flatMap { word in
      word.hasPrefix("--") && word.firstIndex(of: "=") == word.indices.last ? [String(word.dropLast()), ""] : [word]
    }
  }

  private static func options(in path: String, _ defaults: Params) throws -> [String] {
    try naming(path) {
      let json = try JSON.parse(Files.read(path, limit: 64 << 20))
      guard let fields = json.object else {
        throw ParamsError.notAnObject
      }
      return try words(for: fields, defaults: defaults)
    }
  }

  private static func options(_ name: String, _ value: JSON, _ defaults: Params) throws(ParamsError) -> [String] {
    guard let param = defaults.all.first(where: { $0.name == name }) else {
      throw .unknown(name, known: defaults.all.map(\.name))
    }
    // "Nothing" can be said only where it is what stands there anyway: the command line has no word for it.
    if value == param.value, value == .null || value == [] { return [] }
    guard !value.isEmptyList else {
      throw .emptyList(name)
    }
    var words: [String] = []
    for item in value.array ?? [value] {
      switch item {
      case .string(let text): words.append("--\(name)=\(text)")
      case .bool, .integer, .number: words.append("--\(name)=\(item.text)")
      case .null, .array, .object:
        throw .notAValue(name)
      }
    }
    return words
  }
}

/// The reason why values, by the names of params, are not params of a stage.
package enum ParamsError: Error {
  case notAnObject
  case unknown(String, known: [String])
  case emptyList(String)
  case notAValue(String)
}

extension ParamsError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notAnObject: "the file: expected a JSON object of params"
    case .unknown(let name, let known):
      "\"\(name)\": no such param; there are: \(known.joined(separator: ", "))"
    case .emptyList(let name): "\"\(name)\": an empty list; leave it out, or give values"
    case .notAValue(let name): "\"\(name)\": expected a value or a list of values"
    }
  }
}

extension JSON {
  fileprivate var isEmptyList: Bool { array?.isEmpty ?? false }
}
