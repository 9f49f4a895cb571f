/// A fault of JSON text and where it is.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The faults, with RapidJSON's messages, which clients of TensorFlow Serving know.
  package enum Reason: String, Sendable {
    case empty = "The document is empty."
    case tooDeep = "Values are nested deeper than 200."
    case invalidValue = "Invalid value."
    case missingName = "Missing a name for object member."
    case missingColon = "Missing a colon after a name of object member."
    case unendedObject = "Missing a comma or } after an object member."
    case unendedArray = "Missing a comma or ] after an array element."
    case unendedString = "Missing a closing quotation mark in string."
    case invalidEncoding = "Invalid encoding in string."
    case invalidSurrogates = "The surrogate pair in string is invalid."
    case invalidEscape = "Invalid escape character in string."
    case invalidHexDigit = "Incorrect hex digit after \\u escape in string."
    case missingFraction = "Miss fraction part in number."
    case missingExponent = "Miss exponent in number."
    case tooGreatNumber = "Number too big to be stored in double."
  }

  package let reason: Reason
  /// The offset of the fault, in bytes.
  package let offset: Int

  init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  package var description: String { "\(reason.rawValue) at offset: \(offset)" }
}
