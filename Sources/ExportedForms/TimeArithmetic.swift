import Features

/// A graph whose nodes compute with numbers of float64.
protocol TimeArithmetic {
  /// Adds nodes that apply an operation to a number and, but for `floor`, a constant, and returns the reference of the
  /// result.
  mutating func apply(_ operation: TimeOperation, _ number: String, _ constant: Double) -> String
  /// Adds a node that applies an operation to two numbers.
  mutating func apply(_ operation: TimeOperation, _ left: String, by right: String) -> String
}

enum TimeOperation {
  case add, subtract, multiply, divide
  case floor
}

extension TimeArithmetic {
  /// Adds the nodes of the number that a part of a time has among `TimePart.numbers`, by Hinnant's days and months
  /// (`CivilTime`), with floors in the place of whole numbers: exact for all times that have a part.
  ///
  /// - Parameter seconds: the reference of whole seconds since 1970.
  mutating func part(_ part: TimePart, of seconds: String) -> String {
    let days = quotient(seconds, 86_400)
    switch part {
    case .hour: return quotient(rest(seconds, days, 86_400), 3600)
    case .weekday:
      // The first day of 1970 was a Thursday.
      let shifted = apply(.add, days, 3)
      return rest(shifted, quotient(shifted, 7), 7)
    case .month:
      // Years begin in March, and eras are of 400 years.
      let shifted = apply(.add, days, 719_468)
      let dayOfEra = rest(shifted, quotient(shifted, 146_097), 146_097)
      let without = apply(.subtract, dayOfEra, by: quotient(dayOfEra, 1460))
      let leap = apply(.add, without, by: quotient(dayOfEra, 36_524))
      let year = quotient(apply(.subtract, leap, by: quotient(dayOfEra, 146_096)), 365)
      let yearDays = apply(.add, apply(.multiply, year, 365), by: quotient(year, 4))
      let before = apply(.subtract, yearDays, by: quotient(year, 100))
      let day = apply(.subtract, dayOfEra, by: before)
      return quotient(apply(.add, apply(.multiply, day, 5), 2), 153)
    }
  }

  private mutating func quotient(_ number: String, _ divisor: Double) -> String {
    apply(.floor, apply(.divide, number, divisor), 0)
  }

  private mutating func rest(_ number: String, _ quotient: String, _ divisor: Double) -> String {
    apply(.subtract, number, by: apply(.multiply, quotient, divisor))
  }
}

extension TimePart {
  /// The number of each value, in the order of the calendar: hours and weekdays from 0, and months from March.
  var numbers: [Double] {
    switch self {
    case .hour, .weekday: (0..<count).map { Double($0) }
    case .month: (0..<count).map { Double(($0 + 10) % 12) }
    }
  }
}
