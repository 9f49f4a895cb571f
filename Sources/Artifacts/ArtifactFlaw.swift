package import CanonicalJSON

/// A contradiction within one part of an artifact, or between what the part says and what its reader expects.
///
/// Descriptions continue the part's name: "section "losses": its shape is [3]; expected [2]".
package enum ArtifactFlaw: Equatable, Sendable {
  // The file and its header.
  case empty
  case bytesAfterEnd
  case headerNotAtEnd
  case versionZero
  case invalidPreamble
  case typeDiffersFromPreamble
  case notJSON(JSONError)
  case headerDigestDiffers

  // Entries of the header and of schemas.
  case incomplete(String)
  case missing(String)
  case unknownName(String, of: String, known: [String])
  case outOfRange(String)
  case notADigest(String)
  case notTextColumns(String)
  case listedTwice
  case unnamedSection
  case unknownTypeOrCodec
  case undescribedTable(String)
  case undescribedColumn(Int, table: String)
  case impossibleRows(Int, table: String)
  case notA(String)

  // Sizes and places of sections.
  case gapBefore
  case notAligned
  case tooLargeShape
  case tooLargeFrames
  case shapeBytes(Int, declared: Int)
  case framesOfRawSection
  case rawBytes(Int, stored: Int)
  case frameSum
  case frameSize
  case compressionRatio(stored: Int, declared: Int)
  case compressed
  case elementType(ElementType, expected: ElementType)
  case shape([Int], expected: [Int])

  // Values.
  case notFiniteValue(Int)
  case notFiniteRow(Int)
  case notUTF8
  case offsetsDoNotSpanBytes
  case startsDoNotRise
  case startsDoNotSpanCandidates
  case dictionaryNotSorted(at: Int)
  case unusedDictionaryValue(Int)
  case codeBeyondDictionary
  case presenceFlag
  case candidateCount(Int, expected: Int)

  // Files of a tree.
  case notInManifest
  case fileMissing
  case differsFromManifest
}

extension ArtifactFlaw: CustomStringConvertible {
  package var description: String {
    switch self {
    case .empty: "it is empty"
    case .bytesAfterEnd: "bytes follow its end"
    case .headerNotAtEnd: "the header does not end where the file does"
    case .versionZero: "versions begin at 1, and it has a 0"
    case .invalidPreamble: "its type is not a name, or its reserved bytes are not zero"
    case .typeDiffersFromPreamble: "its type is not the preamble's"
    case .notJSON(let error): "\(error)"
    case .headerDigestDiffers: "its digest is not that of its contents"
    case .incomplete(let field): "its \(field) is incomplete"
    case .missing(let field): "its \(field) is missing"
    case .unknownName(let name, let field, let known):
      "its \(field) \"\(name)\" is unknown; expected one of \(known.joined(separator: ", ")), or update Tandem"
    case .outOfRange(let field): "its \(field) is out of range"
    case .notADigest(let field): "its \(field) has a value that is not a digest"
    case .notTextColumns(let field): "its \(field) does not name text columns"
    case .listedTwice: "it is listed twice"
    case .unnamedSection: "a section has no name of 1 to 255 bytes that can be shown"
    case .unknownTypeOrCodec: "its type or codec is unknown"
    case .undescribedTable(let name): "table \"\(name)\" is not described"
    case .undescribedColumn(let number, let table): "column \(number) of \"\(table)\" is not described"
    case .impossibleRows(let rows, let table): "table \"\(table)\" cannot have \(rows) rows"
    case .notA(let kind): "it is not a \(kind)"
    case .gapBefore: "it does not begin where the one before it ends"
    case .notAligned: "it is not aligned to 64 bytes"
    case .tooLargeShape: "its shape is beyond any file"
    case .tooLargeFrames: "its frames are beyond any file"
    case .shapeBytes(let size, let declared): "its shape has \(size) bytes, and \(declared) are declared"
    case .framesOfRawSection: "a raw section has no frames"
    case .rawBytes(let raw, let stored): "a raw section stores \(raw) bytes, not \(stored)"
    case .frameSum: "its frames do not add up to its size"
    case .frameSize: "a frame's size is not the declared one"
    case .compressionRatio(let stored, let declared): "\(stored) bytes cannot hold the \(declared) that it declares"
    case .compressed: "it is compressed and cannot be mapped"
    case .elementType(let found, let expected): "it holds \(found); expected \(expected)"
    case .shape(let found, let expected): "its shape is \(found); expected \(expected)"
    case .notFiniteValue(let place): "value \(place) is not a finite number"
    case .notFiniteRow(let row): "row \(row) is not a finite number"
    case .notUTF8: "it is not UTF-8"
    case .offsetsDoNotSpanBytes: "its offsets do not rise from 0 to its number of bytes"
    case .startsDoNotRise: "its starts do not rise from 0"
    case .startsDoNotSpanCandidates: "it does not divide the candidates by the field's values"
    case .dictionaryNotSorted(let place): "its dictionary is not in the order of bytes at \(place)"
    case .unusedDictionaryValue(let place): "value \(place) of its dictionary is used nowhere"
    case .codeBeyondDictionary: "a code is beyond its dictionary"
    case .presenceFlag: "a presence flag is neither 0 nor 1"
    case .candidateCount(let found, let expected): "it has \(found) of \(expected) candidates"
    case .notInManifest: "its manifest lacks it"
    case .fileMissing: "it is not there"
    case .differsFromManifest: "its contents are not its manifest's"
    }
  }
}
