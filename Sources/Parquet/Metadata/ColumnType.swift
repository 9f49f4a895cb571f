/// The physical type by which a file stores the values of a column; the raw values are the format's own numbers.
enum PhysicalType: Int, Sendable {
  case boolean, int32, int64, int96, float, double, byteArray, fixedLengthByteArray

  var name: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int32: "INT32"
    case .int64: "INT64"
    case .int96: "INT96"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .byteArray: "BYTE_ARRAY"
    case .fixedLengthByteArray: "FIXED_LEN_BYTE_ARRAY"
    }
  }
}

/// The meaning of a column's values, which decides how `ColumnValues` has them.
package enum ColumnType: Sendable, Equatable {
  case integer
  /// Unsigned integers of 64 bits, whose bits `integers` has.
  case unsigned
  case real
  /// Booleans, as the integers 0 and 1.
  case boolean
  /// Bytes that should be UTF-8.
  case text
  /// Integers that count from 1970; local times count as if they were UTC.
  case timestamp(TimestampUnit)
  /// Days since 1970, as integers.
  case date
  /// Integers that are divided by a power of ten.
  case decimal(scale: Int)
}

/// The unit of a column of times.
package enum TimestampUnit: Sendable, Equatable {
  case milliseconds, microseconds, nanoseconds
}

/// A leaf of the schema: a column as it is stored.
struct SchemaLeaf: Sendable {
  let physical: PhysicalType
  /// The bytes of a value of fixed length.
  let length: Int
  let isUUID: Bool
  let isUnsigned32: Bool
  let type: ColumnType
  let maximumDefinition: Int
  let maximumRepetition: Int
}

extension SchemaElement {
  /// The meaning of the column's values.
  ///
  /// - Returns: words for a type that is not read.
  func columnType(_ physical: PhysicalType) -> Result<ColumnType, UnreadType> {
    if let logical { return columnType(physical, logical) }
    switch converted {
    case nil: return plainType(physical)
    case 0, 4, 19: return text(physical)
    case 5: return decimal(physical, scale: scale)
    case 6: return integers(physical, .date)
    case 9: return integers(physical, .timestamp(.milliseconds))
    case 10: return integers(physical, .timestamp(.microseconds))
    case 14: return integers(physical, .unsigned)
    case 11, 12, 13, 15, 16, 17, 18: return integers(physical, .integer)
    case 7, 8: return .failure(.named("times of day"))
    case 20: return .failure(.named("BSON"))
    case 21: return .failure(.named("intervals"))
    case let other?: return .failure(.named("values of converted type \(other)"))
    }
  }

  private func columnType(_ physical: PhysicalType, _ logical: LogicalType) -> Result<ColumnType, UnreadType> {
    switch logical.number {
    case 1, 4, 12: text(physical)
    case 5: decimal(physical, scale: logical.scale)
    case 6: integers(physical, .date)
    case 7: .failure(.named("times of day"))
    case 8:
      switch logical.unit {
      case 1: integers(physical, .timestamp(.milliseconds))
      case 2: integers(physical, .timestamp(.microseconds))
      case 3: integers(physical, .timestamp(.nanoseconds))
      default: .failure(.named("times of an unknown unit"))
      }
    case 10: integers(physical, physical == .int64 && !logical.isSigned ? .unsigned : .integer)
    case 14 where physical == .fixedLengthByteArray && length == 16: .success(.text)
    case 11, 0: plainType(physical)
    case 13: .failure(.named("BSON"))
    case 15: .failure(.named("floats of 16 bits"))
    default: .failure(.named("values of logical type \(logical.number)"))
    }
  }

  private func plainType(_ physical: PhysicalType) -> Result<ColumnType, UnreadType> {
    switch physical {
    case .boolean: .success(.boolean)
    case .int32, .int64: .success(.integer)
    case .int96: .success(.timestamp(.microseconds))
    case .float, .double: .success(.real)
    case .byteArray: .success(.text)
    case .fixedLengthByteArray: .failure(.named("bytes of fixed length"))
    }
  }

  private func integers(_ physical: PhysicalType, _ type: ColumnType) -> Result<ColumnType, UnreadType> {
    physical == .int32 || physical == .int64 ? .success(type) : plainType(physical)
  }

  private func text(_ physical: PhysicalType) -> Result<ColumnType, UnreadType> {
    physical == .byteArray || physical == .fixedLengthByteArray ? .success(.text) : plainType(physical)
  }

  private func decimal(_ physical: PhysicalType, scale: Int) -> Result<ColumnType, UnreadType> {
    switch physical {
    case .int32, .int64, .byteArray, .fixedLengthByteArray:
      0...18 ~= scale ? .success(.decimal(scale: scale)) : .failure(.named("decimals with \(scale) decimal places"))
    default: plainType(physical)
    }
  }
}

/// Words for a type that is not read.
struct UnreadType: Error {
  let name: String

  static func named(_ name: String) -> UnreadType { UnreadType(name: name) }
}
